"""Streamable HTTP and the older SSE, on the loopback only until authentication exists."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import uvicorn
from mcp.server import MCPServer

from zohocrm_mcp.config import LOOPBACK
from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.lifecycle import Lifecycle
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.transports.ending import end_on_signal
from zohocrm_mcp.transports.stdio import Check
from zohocrm_mcp.transports.web import Kind, web_app

log = get_logger(__name__)


class _Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn raises them again when it has ended, and the exit code would not be 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def check_host(host: str) -> None:
    """Refuse to listen where strangers are.

    Raises:
        ZohoConfigError: ``host`` is not the loopback.
    """
    if host not in LOOPBACK:
        raise ZohoConfigError(
            f"--host is {host!r}, and without authentication the server listens on the loopback only.",
            hint="Use --host 127.0.0.1.",
            variable="--host",
        )


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises:
        ZohoConfigError: the port is taken or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise ZohoConfigError(
            f"--port is {port}, and {host} cannot listen there: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another with --port.",
            variable="--port",
        ) from error


def _url(listener: socket.socket, kind: Kind) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/{'sse' if kind == 'sse' else 'mcp'}"


async def serve_http(
    server: MCPServer[Lifecycle],
    lifecycle: Lifecycle,
    kind: Kind,
    host: str,
    port: int,
    check: Check | None = None,
) -> None:
    """Serve until a signal comes.

    Raises:
        ZohoConfigError: ``host`` or ``port`` is of no use, or ``check`` has found that serving makes no sense.
    """
    check_host(host)
    listener = listen(host, port)
    app = web_app(server, lifecycle, kind, host)
    web = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
    found: list[ZohoConfigError] = []
    async with anyio.create_task_group() as group:
        await group.start(end_on_signal, lambda: setattr(web, "should_exit", True))
        group.start_soon(lifecycle.warm_up)
        group.start_soon(_run_check, check, found, web)
        log.info("listening", url=_url(listener, kind))  # the socket takes connections already
        await web.serve(sockets=[listener])
        group.cancel_scope.cancel()
    if found:
        raise found[0]


async def _run_check(check: Check | None, found: list[ZohoConfigError], web: uvicorn.Server) -> None:
    try:
        if check:
            await check()
    except ZohoConfigError as error:
        found.append(error)
        web.should_exit = True
