"""stdio as we want it: no threads, signals and end of input that end it cleanly, and nothing but protocol on stdout."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
from mcp.server import MCPServer

from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.tenants import Tenants
from zohocrm_mcp.transports.ending import end_on_signal, end_soon
from zohocrm_mcp.transports.streams import Sink, Source
from zohocrm_mcp.transports.wire import Wire

CHECK_SECONDS = 30.0
"""How long the end of input waits for the check of the sign-in, which decides the exit code."""

BAD_SETTINGS = 2
"""Exit code of a start that cannot work."""

Check = Callable[[], Awaitable[None]]


async def serve_stdio(server: MCPServer[Tenants], tenants: Tenants, wire: Wire, check: Check | None = None) -> None:
    """Serve one client until it closes its side or a signal comes.

    Raises:
        ZohoConfigError: ``check``, which runs beside the conversation, has found that serving makes no sense.
    """
    found: list[ZohoConfigError] = []
    checked = anyio.Event()
    async with anyio.create_task_group() as group:
        await group.start(end_on_signal, group.cancel_scope.cancel)
        group.start_soon(tenants.warm_up)
        group.start_soon(_run_check, check, found, checked, group.cancel_scope)
        with wire.never_blocking():
            await _converse(server, wire)
            with anyio.move_on_after(CHECK_SECONDS):
                await checked.wait()
        end_soon()
        group.cancel_scope.cancel()
    if found:
        raise found[0]


async def _converse(server: MCPServer[Tenants], wire: Wire) -> None:
    sink = Sink(wire)
    lowlevel = server._lowlevel_server  # noqa: SLF001 -- the SDK has no public way to serve streams of one's own
    await lowlevel.run(Source(wire, sink), sink, lowlevel.create_initialization_options())


async def _run_check(
    check: Check | None, found: list[ZohoConfigError], checked: anyio.Event, scope: anyio.CancelScope
) -> None:
    try:
        if check:
            await check()
    except ZohoConfigError as error:
        found.append(error)
        end_soon(BAD_SETTINGS)
        scope.cancel()
    finally:
        checked.set()
