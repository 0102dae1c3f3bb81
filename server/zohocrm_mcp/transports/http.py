"""Streamable HTTP and the older SSE: listening, serving, ending."""

from __future__ import annotations

import socket

import anyio
from mcp.server import MCPServer

from zohocrm_mcp.config.bounds import BoundSettings
from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.tenants import Tenants
from zohocrm_mcp.transports.bounds import Lasting
from zohocrm_mcp.transports.ending import CLOSE_SECONDS, end_on_signal
from zohocrm_mcp.transports.gate import Gate
from zohocrm_mcp.transports.metrics_port import metrics_port
from zohocrm_mcp.transports.probes import Probes
from zohocrm_mcp.transports.serving import server_of
from zohocrm_mcp.transports.stdio import Check
from zohocrm_mcp.transports.web import Kind, web_app
from zohocrm_mcp.transports.winding_down import Ending

log = get_logger(__name__)


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
    server: MCPServer[Tenants],
    tenants: Tenants,
    gate: Gate,
    kind: Kind,
    host: str,
    port: int,
    *,
    bounds: BoundSettings,
    metrics: socket.socket | None = None,
    check: Check | None = None,
) -> None:
    """Serve until a signal comes; the numbers are served by ``metrics`` where it listens.

    Raises:
        ZohoConfigError: ``host`` or ``port`` is of no use, or ``check`` has found that serving makes no sense.
    """
    listener = listen(host, port)
    tenants.guard = gate.guard
    probes = Probes(tenants, gate.admission.names_connections)
    lasting = Lasting(bounds.max_streams, bounds.max_streams_per_caller, bounds.max_sessions_per_caller)
    app = web_app(server, tenants, kind, gate, probes, lasting, bounds=bounds, metrics=metrics is None)
    web = server_of(app, bounds)
    found: list[ZohoConfigError] = []
    ending = Ending(web, tenants, lasting, bounds.shutdown_seconds)
    async with anyio.create_task_group() as group:
        await group.start(end_on_signal, ending.begin, ending.hurry, bounds.shutdown_seconds + CLOSE_SECONDS)
        group.start_soon(ending.run)
        tenants.greet()  # no client waits for the start, and a job left behind waits for the parts
        group.start_soon(gate.warn_if_open)
        group.start_soon(tenants.warm_up)
        group.start_soon(tenants.keep_closing_idle)
        group.start_soon(_run_check, check, found, ending)
        log.info("listening", url=_url(listener, kind))  # the socket takes connections already
        async with metrics_port(probes, metrics):
            await web.serve(sockets=[listener])
        group.cancel_scope.cancel()
    if found:
        raise found[0]


async def _run_check(check: Check | None, found: list[ZohoConfigError], ending: Ending) -> None:
    try:
        if check:
            await check()
    except ZohoConfigError as error:
        found.append(error)
        ending.begin()
