"""What the commands for whole tables share: the parts, a progress bar for people, and an end in order."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import anyio
import typer

from zohocrm_mcp.cli._prepared import prepared
from zohocrm_mcp.connections.names import checked_name
from zohocrm_mcp.errors import ZohoError

if TYPE_CHECKING:
    from zohocrm_mcp.config import Settings
    from zohocrm_mcp.services import Services

T = TypeVar("T")
Progress = Callable[[int, int], Awaitable[None]]
NO_END = 1e9
"""Seconds that a job of the shell may take: the shell waits for it."""

INTERRUPTED = 130


def run(connection: str, work: Callable[[Services], Awaitable[T]], *, attend: bool = False) -> T:
    """Open the parts, do the work, and close them; a signal ends it between two steps, with exit code 130.

    With ``attend`` the connection's queued jobs are done meanwhile.
    """
    settings = prepared(call_seconds=NO_END)
    return anyio.run(_opened, settings, checked_name(connection), work, attend)


async def _opened(settings: Settings, connection: str, work: Callable[[Services], Awaitable[T]], attend: bool) -> T:
    done: list[T] = []
    failed: list[ZohoError] = []

    async def working() -> None:
        from zohocrm_mcp.parts import open_parts

        services, close = await open_parts(settings, connection, attend=attend)
        try:
            done.append(await work(services))
        finally:
            with anyio.CancelScope(shield=True):
                await close()

    async with anyio.create_task_group() as group:
        group.start_soon(_until_signal, group.cancel_scope)
        try:
            await working()
        except ZohoError as error:
            failed.append(error)
        group.cancel_scope.cancel()
    if failed:
        raise failed[0]
    if not done:
        raise typer.Exit(INTERRUPTED)
    return done[0]


async def _until_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
            return


@contextmanager
def bar(what: str) -> Iterator[Progress | None]:
    """Show on stderr how far it is, where somebody looks."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(what, total=None)

        async def report(done: int, total: int) -> None:
            shown.update(task, completed=done, total=total)

        yield report
