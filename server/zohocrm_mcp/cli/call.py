"""``call``: one tool call from the shell, through a real client and server in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zohocrm_mcp.cli._prepared import Connection
from zohocrm_mcp.cli._whole import bar
from zohocrm_mcp.connections.names import DEFAULT, checked_name
from zohocrm_mcp.errors import InvalidInputError

if TYPE_CHECKING:
    from mcp.shared.dispatcher import ProgressFnT
    from mcp.types import CallToolResult

    from zohocrm_mcp.cli._whole import Progress
    from zohocrm_mcp.config import Settings


EXAMPLES = (
    "zohocrm-mcp call check_health",
    """zohocrm-mcp call --demo get_accounts '{"limit": 3}'""",
    """zohocrm-mcp call --demo count_records '{"criteria": "Industry:equals:Technology"}'""",
)


def _names(incomplete: str) -> list[str]:
    """Return the tools that begin so, for the shell to complete."""
    from zohocrm_mcp.app import catalog

    return [spec.name for spec in catalog().specs if spec.name.startswith(incomplete)]


def call(
    tool: Annotated[str, typer.Argument(help="Name of the tool.", autocompletion=_names)],
    arguments: Annotated[str, typer.Argument(help="Its arguments, a JSON object.")] = "{}",
    *,
    connection: Connection = DEFAULT,
    demo: Annotated[bool, typer.Option("--demo", help="Use the built-in simulator; needs no account.")] = False,
) -> None:
    """Call a tool and print its structured result; exit code 1 when the tool answers with an error."""
    import anyio

    from zohocrm_mcp.config import load_settings
    from zohocrm_mcp.observe.logging import configure_logging

    settings = load_settings()
    level = settings.log_level if "log_level" in settings.model_fields_set else "WARNING"
    configure_logging(level, settings.log_format)
    result = anyio.run(_call, settings, tool, _object(arguments), checked_name(connection), demo)
    if isinstance(result, str):
        raise InvalidInputError(result, hint="`zohocrm-mcp tools` lists what there is.")
    typer.echo(json.dumps(result.structured_content, ensure_ascii=False, indent=2))
    if result.is_error:
        raise typer.Exit(1)


def _object(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(f"The arguments are no JSON: {error}.", hint="""Write '{"limit": 5}'.""") from error
    if not isinstance(given, dict):
        raise InvalidInputError("The arguments are no JSON object.", hint="""Write '{"limit": 5}'.""")
    return given


async def _call(
    settings: Settings, tool: str, arguments: dict[str, Any], connection: str, demo: bool
) -> CallToolResult | str:
    """Return the result, or the sentence of a call that the protocol refuses."""
    from mcp import Client, MCPError

    from zohocrm_mcp.app import create_app, opener

    server, _ = create_app(settings, connection=connection, open_parts=opener(settings, demo=True) if demo else None)
    with bar(tool) as shown:
        async with Client(server) as client:
            try:
                return await client.call_tool(tool, arguments, progress_callback=_reporting(shown))
            except MCPError as error:
                return error.message


def _reporting(shown: Progress | None) -> ProgressFnT | None:
    if shown is None:
        return None

    async def report(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 -- the protocol's callback
        await shown(int(progress), int(total or 0))

    return report
