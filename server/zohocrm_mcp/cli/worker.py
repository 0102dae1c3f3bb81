"""``worker``: more hands for queued jobs, on as many machines as share the database."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated

import typer

from zohocrm_mcp.errors import ZohoError

if TYPE_CHECKING:
    from zohocrm_mcp.config import Settings
    from zohocrm_mcp.open_connections import OpenConnections
    from zohocrm_mcp.shared import Shared

EXAMPLES = ("zohocrm-mcp worker", "zohocrm-mcp worker --connection emea")


def worker(
    *,
    connection: Annotated[str, typer.Option("--connection", metavar="NAME", help="Only jobs of this sign-in.")] = "",
) -> None:
    """Run queued jobs, schedules, and what a process that is gone has left, until ended by SIGTERM or Ctrl-C."""
    import anyio

    from zohocrm_mcp.config import load_settings
    from zohocrm_mcp.connections.names import checked_name
    from zohocrm_mcp.observe.logging import configure_logging
    from zohocrm_mcp.observe.tracing import exporting

    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)
    with exporting():
        anyio.run(_until_signal, settings, checked_name(connection) if connection else None)


async def _until_signal(settings: Settings, connection: str | None) -> None:
    import anyio

    failed: list[ZohoError] = []
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with anyio.create_task_group() as group:

            async def working() -> None:
                try:
                    await _work(settings, connection)
                except ZohoError as error:
                    failed.append(error)
                    group.cancel_scope.cancel()

            group.start_soon(working)
            async for _ in signals:
                group.cancel_scope.cancel()
    if failed:
        raise failed[0]


async def _work(settings: Settings, connection: str | None) -> None:
    """Do the jobs of one connection or of all; the parts of each open at its first job."""
    import anyio
    import anyio.to_thread

    from zohocrm_mcp.db import owner
    from zohocrm_mcp.shared import Shared
    from zohocrm_mcp.transports.worker_probes import watched

    shared = Shared(settings)
    connections = open_connections(settings, shared)
    try:
        await anyio.to_thread.run_sync(owner.bring_up, settings, shared.database())
        async with watched(settings, shared, connection), anyio.create_task_group() as group:
            group.start_soon(connections.keep_closing_idle)
            await shared.worker().attend(connection, connections.perform)
    finally:
        with anyio.CancelScope(shield=True):
            await connections.close()
            await anyio.to_thread.run_sync(shared.close)


def open_connections(settings: Settings, shared: Shared) -> OpenConnections:
    """Return what opens a connection at its first job, and closes it when it has had none for long."""
    from zohocrm_mcp.lifecycle import Lifecycle
    from zohocrm_mcp.open_connections import IDLE_SECONDS, OpenConnections
    from zohocrm_mcp.parts import open_parts

    made = OpenConnections(lambda name: Lifecycle(lambda: open_parts(settings, name, shared, attend=False)))
    made.idle_seconds = IDLE_SECONDS
    return made
