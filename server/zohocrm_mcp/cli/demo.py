"""``demo``: the product at work, through a real client over stdio, for a person at a terminal."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zohocrm_mcp.errors import ZohoError, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcp import Client
    from mcp.shared.dispatcher import ProgressFnT
    from rich.console import Console


EXAMPLES = ("zohocrm-mcp demo",)
QUIET = {"ZOHO_MCP_LOG_LEVEL": "WARNING"}


def demo() -> None:
    """Show the server at work on a simulated CRM: schema, search, a bulk change, a refused value, undo."""
    import anyio
    from rich.console import Console

    console = Console(highlight=False)
    try:
        anyio.run(_show, console)
    except* ZohoError as group:
        raise first_of(group) from None
    except* SystemExit:
        sys.exit(1)  # rich's way of saying that nobody reads any more, as in `demo | head`


async def _show(console: Console) -> None:
    from mcp import Client, StdioServerParameters

    from zohocrm_mcp.cli._story import Story

    child = StdioServerParameters(
        command=sys.executable,
        args=["-m", "zohocrm_mcp", "serve", "--demo"],
        env={**os.environ, **{name: os.environ.get(name, value) for name, value in QUIET.items()}},
    )
    async with Client(child) as client:
        await Story(console, Caller(client), lambda label: _bar(console, label)).tell()


class Caller:
    """Calls tools of the server under demonstration."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __call__(self, name: str, *, progress: ProgressFnT | None = None, **arguments: Any) -> dict[str, Any]:
        """Return the structured result of a call that must succeed."""
        result = await self._client.call_tool(name, arguments, progress_callback=progress)
        if result.is_error or result.structured_content is None:
            raise ZohoError(f"The demo's call of {name} failed: {_text(result)}")
        answer: dict[str, Any] = result.structured_content
        return answer

    async def refused(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Return the error of a call that must fail."""
        result = await self._client.call_tool(name, arguments)
        content = result.structured_content or {}
        if not result.is_error or "error" not in content:
            raise ZohoError(f"The demo's call of {name} went through, and it should not have.")
        error: dict[str, Any] = content["error"]
        return error

    async def tools(self) -> int:
        return len((await self._client.list_tools()).tools)


def _text(result: Any) -> str:
    return " ".join(block.text for block in result.content if block.type == "text")


@contextmanager
def _bar(console: Console, label: str) -> Iterator[ProgressFnT]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as bar:
        task = bar.add_task(label, total=None)

        async def report(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 -- the protocol's callback
            bar.update(task, completed=progress, total=total)

        yield report
