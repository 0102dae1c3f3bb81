"""``/metrics`` on a port of its own, for networks in which nobody but Prometheus reaches it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import uvicorn
from starlette.applications import Starlette

from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.transports.patience import PatientProtocol
from zohocrm_mcp.transports.probes import Probes
from zohocrm_mcp.transports.serving import Server

VARIABLE = "ZOHO_MCP_METRICS_PORT"
MOST_CONNECTIONS = 32
CLOSE_SECONDS = 2.0

log = get_logger(__name__)


def listen(settings: Settings) -> socket.socket | None:
    """Return a listening socket, None where the settings name no port.

    Raises:
        ZohoConfigError: the port is taken, or the address is not this machine's.
    """
    host, port = settings.metrics_host, settings.metrics_port
    if port is None:
        return None
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ZohoConfigError(
            f"{VARIABLE} is {port}, and {host} cannot listen there: {error.strerror or error}.",
            hint=f"Choose another port, or another address in {VARIABLE.replace('PORT', 'HOST')}.",
            variable=VARIABLE,
        ) from error


@asynccontextmanager
async def metrics_port(probes: Probes, listener: socket.socket | None) -> AsyncIterator[None]:
    """Serve the numbers beside whatever happens in the block; without ``listener`` nothing is served."""
    if listener is None:
        yield
        return
    app = Starlette(routes=[*probes.metrics_routes(), *probes.health_routes()])
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve, [listener])
        host, port = listener.getsockname()[:2]
        log.info("metrics", url=f"http://{f'[{host}]' if ':' in host else host}:{port}/metrics")
        yield
        server.should_exit = True
        group.cancel_scope.deadline = anyio.current_time() + CLOSE_SECONDS
