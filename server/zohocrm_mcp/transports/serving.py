"""The HTTP server underneath: uvicorn, with bounds of ours."""

from __future__ import annotations

import asyncio
import math
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from zohocrm_mcp.config.bounds import BoundSettings
from zohocrm_mcp.transports.patience import PatientProtocol
from zohocrm_mcp.transports.winding_down import SETTLE_SECONDS

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open: longer than proxies keep theirs, so that it is them who close."""
SPARE_DESCRIPTORS = 256
"""Open files beside the connections of clients: of the database, of Zoho, of the system."""


class Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn raises them again when it has ended, and the exit code would not be 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take in who has connected already, before the listening ends: they may have sent a request."""
        for listener in sockets or []:
            while connection := _next(listener):
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)

    def _protocol(self) -> PatientProtocol:
        return PatientProtocol(self.config, self.server_state, self.lifespan.state)


def server_of(app: ASGIApp, bounds: BoundSettings) -> Server:
    """Return the server of an application; it does not listen yet."""
    _make_room(bounds.max_connections + SPARE_DESCRIPTORS)
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        interface="asgi3",
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="on",
        limit_concurrency=bounds.max_connections + 1,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(bounds.shutdown_seconds + 3 * SETTLE_SECONDS),
    )
    return Server(config)


def _next(listener: socket.socket) -> socket.socket | None:
    """Return a connection that nobody has accepted yet."""
    try:
        connection, _ = listener.accept()
    except OSError:  # there is none
        return None
    connection.settimeout(0)
    return connection


def _make_room(descriptors: int) -> None:
    """Allow the process as many open files as it may need, where the system lets it."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = descriptors if hard == resource.RLIM_INFINITY else min(descriptors, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
