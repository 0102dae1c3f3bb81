"""Mistakes of a client, not of a model: unknown tools and prompts are -32602, as the specification wants."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.types import INVALID_PARAMS

from zohocrm_mcp.toolkit.catalog import Catalog


def strict(server: MCPServer[Any], catalog: Catalog, served: Collection[str]) -> ServerMiddleware[Any]:
    """Return the middleware that refuses tools that are not ``served``, and unknown prompts and prompt arguments."""

    async def check(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        params = ctx.params or {}
        if ctx.method == "tools/call":
            _check_tool(catalog, served, str(params.get("name")))
        if ctx.method == "prompts/get":
            await _check_prompt(server, str(params.get("name")), params.get("arguments") or {})
        return await call_next(ctx)

    return check


def _check_tool(catalog: Catalog, served: Collection[str], name: str) -> None:
    if name in served:
        return
    spec = catalog.spec(name)
    if spec is None:
        raise _refused(f"Unknown tool: {name}.{_nearest(name, served)}")
    raise _refused(
        f"Tool {name} is not served here: its toolset {spec.toolset!r} is off, or the server is read-only. "
        "ZOHO_MCP_TOOLSETS and ZOHO_MCP_READ_ONLY decide."
    )


async def _check_prompt(server: MCPServer[Any], name: str, given: Mapping[str, object]) -> None:
    prompts = {prompt.name: prompt.arguments or [] for prompt in await server.list_prompts()}
    if name not in prompts:
        raise _refused(f"Unknown prompt: {name}.{_nearest(name, prompts)}")
    known = {argument.name: bool(argument.required) for argument in prompts[name]}
    missing = [argument for argument, required in known.items() if required and argument not in given]
    unknown = [argument for argument in given if argument not in known]
    if missing:
        raise _refused(f"Prompt {name} needs the argument {missing[0]}.")
    if unknown:
        raise _refused(f"Prompt {name} has no argument {unknown[0]}.{_nearest(unknown[0], known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _refused(sentence: str) -> MCPError:
    return MCPError(code=INVALID_PARAMS, message=sentence)
