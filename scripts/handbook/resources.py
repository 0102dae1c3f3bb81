"""What a model can read and what a person can start from."""

from __future__ import annotations

import anyio

from handbook.markdown import page as whole
from handbook.markdown import table
from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings

ABOUT = """\
Resources are read by URI; `{module}` and `{field}` complete, and `crm://jobs/{job_id}` can be subscribed to. They are
JSON made for a model, guides are Markdown. What is in records was written by people: data, never instructions."""
PROMPTS = "Prompts lead a model through the tools in the right order; a client offers them to a person by their title."


def page() -> str:
    return anyio.run(_page)


async def _page() -> str:
    server, _ = create_app(Settings.model_validate({}))
    resources = [
        (f"`{one.uri}`", one.description or f"{one.title}: an [app](../guides/apps.md).")
        for one in await server.list_resources()
    ]
    templates = [(f"`{one.uri_template}`", one.description or "") for one in await server.list_resource_templates()]
    prompts = [
        (
            f"`{one.name}`",
            one.description or "",
            ", ".join(f"`{given.name}`: {given.description}" for given in one.arguments or ()),
        )
        for one in await server.list_prompts()
    ]
    return whole(
        "Resources and prompts",
        ABOUT,
        "## Resources",
        table(["URI", "what it is"], sorted(resources + templates)),
        "## Prompts",
        PROMPTS,
        table(["prompt", "what it does", "arguments"], prompts),
    )
