"""The probes and numbers of a worker, which has no port but that of its numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.services.health.looks import Look
from zohocrm_mcp.services.health.readiness import Readiness
from zohocrm_mcp.shared import Shared


class _State:
    """A worker is ready when its database is, and somebody is signed in whose jobs it does."""

    ending = False
    look_elsewhere: Callable[[], Look] | None = None

    def __init__(self, shared: Shared, connection: str | None) -> None:
        readiness = Readiness(shared.database(), connection or DEFAULT)
        self._look = partial(readiness.look, anybody=connection is None)

    def looker(self) -> Callable[[], Look] | None:
        return self._look

    async def open(self) -> None:
        """Do nothing: the parts of a connection open at its first job."""


async def _no() -> bool:
    return False


@asynccontextmanager
async def watched(settings: Settings, shared: Shared, connection: str | None) -> AsyncIterator[None]:
    """Serve them while the block runs, where the settings name a port.

    Raises:
        ZohoConfigError: the port is taken, or the address is not this machine's.
    """
    if settings.metrics_port is None:
        yield
        return
    from zohocrm_mcp.transports.metrics_port import listen, metrics_port
    from zohocrm_mcp.transports.probes import Probes

    probes = Probes(_State(shared, connection), _no)
    async with probes.running(), metrics_port(probes, listen(settings)):
        yield
