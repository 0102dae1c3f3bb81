"""The HTTP server: uvicorn on a socket of our own, with the connection in reach of the application."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from zohocrm_mcp.simulator.log import Counters

IDLE_SECONDS = 60
BACKLOG = 512
LONGEST_HEAD = 64 * 1024
TICK_SECONDS = 0.1


def listening_socket(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    listener = socket.create_server((host, port), backlog=BACKLOG)
    listener.setblocking(False)  # noqa: FBT003
    return listener


def protocol_for(counters: Counters) -> type[asyncio.Protocol]:
    """A protocol that counts connections and puts the transport into the state of each request."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            counters.connections += 1
            counters.open_connections += 1
            self.app_state = {**self.app_state, "connection": transport, "number": counters.connections}
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            counters.open_connections -= 1
            super().connection_lost(exc)

    return Protocol


class Server(uvicorn.Server):
    """Tells when it is ready, and leaves signals to whoever runs it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self.ending = asyncio.Event()

    async def main_loop(self) -> None:
        """Tick as uvicorn does, but end at once when told to."""
        ticks = count()
        while not await self.on_tick(next(ticks)):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), TICK_SECONDS)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def make_server(app: Any, counters: Counters, ready: Callable[[], None]) -> Server:
    config = uvicorn.Config(
        app,
        http=protocol_for(counters),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=2,
    )
    return Server(config, ready)


def reset(transport: asyncio.Transport) -> None:
    """Close with a TCP reset, as a dying proxy does."""
    if transport.is_closing():
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
