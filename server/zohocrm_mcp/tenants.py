"""The tenants of a process: a caller works over its own connection, whose parts open at its first call.

Those of the process's own connection stay open: whoever asks whether it is ready asks for them.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.lifecycle import Lifecycle
from zohocrm_mcp.models import Health
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.open_connections import LifecycleOf, OpenConnections
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.health.looks import Look
from zohocrm_mcp.toolkit.bounds import Bounds
from zohocrm_mcp.toolkit.calling import caller

if TYPE_CHECKING:
    from zohocrm_mcp.observe.audit import Audit

log = get_logger(__name__)

Guard = Callable[[], Awaitable[None]]
"""Raises where the caller of the request under way may not be served after all."""

BREATH = 0.2
"""Seconds between the first tool list and the warm-up, so that the lists that follow it do not wait."""


async def _everybody() -> None:
    """Let everybody in: on stdio it is the owner of the process who calls."""


class Tenants(OpenConnections):
    """What the server's lifespan hands to every call. SSE enters it once a connection, everything else once.

    Args:
        connection: of callers of whom no transport has found out who they are.
        lifecycle_of: makes the parts of a connection by its name, not open yet.
        close: called when all parts have closed.
        clock: counts seconds.
    """

    def __init__(
        self,
        connection: str,
        lifecycle_of: LifecycleOf,
        close: Callable[[], Awaitable[None]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(lifecycle_of, clock=clock)
        self.connection = connection
        self.guard: Guard = _everybody
        self.look_elsewhere: Callable[[], Look] | None = None
        """Looks, in a thread, whether the connection of any caller is usable."""
        self.ending = False
        """Whether the process has been told to end."""
        self.bounds = Bounds()
        """What holds the calls under way, of all tenants."""
        self._close_shared = close
        self._users = 0
        self._greeted, self._first = anyio.Event(), connection

    async def services(self) -> Services:
        """Return the services of the caller of the request under way, opening them when they are not.

        Raises:
            ZohoError: what keeps them from opening, or that the caller may not have them.
        """
        services = await self._of_caller().services()
        await self.guard()
        return services

    async def check_health(self) -> Health:
        """Check everything that the caller's calls need, also when the parts do not open.

        Raises:
            ZohoError: what keeps the parts from opening, where there is nothing that could look into it.
        """
        await self.guard()
        return await self._of_caller().check_health()

    def looker(self) -> Callable[[], Look] | None:
        """Return what looks, in a thread, at the connection of this process; None while it is closed."""
        services = self.of(self.connection).opened
        return services.readiness.look if services else None

    async def open(self) -> None:
        """Open them, whoever calls.

        Raises:
            ZohoError: what keeps them from opening.
        """
        await self.of(self.connection).services()

    async def audit(self, *, opening: bool) -> Audit | None:
        """Return the audit log of the caller's connection; None where it is not open and is not to be opened.

        Raises:
            ZohoError: what keeps it from opening.
        """
        lifecycle = self._of_caller()
        services = lifecycle.opened or (await lifecycle.services() if opening else None)
        return services.audit if services else None

    async def listen(self) -> None:
        """Open the caller's services, which hear from the database which jobs move."""
        try:
            await self._of_caller().services()
        except ZohoError as error:
            log.warning("nothing is heard of jobs until a call opens the parts", reason=error.message, hint=error.hint)

    def greet(self) -> None:
        """Note that the caller has got a tool list; the first one's services open soon."""
        if not self._greeted.is_set():
            self._first = caller(self.connection).connection
            self._greeted.set()

    async def warm_up(self) -> None:
        """Open the services of the first client beside the conversation, so that its first call is quick."""
        await self._greeted.wait()
        await anyio.sleep(BREATH)
        try:
            await self.of(self._first).services()
        except ZohoError as error:
            log.warning("not ready yet", reason=error.message, hint=error.hint)
        except Exception:
            log.exception("warm-up crashed")  # the next call meets it again and tells its client

    def held(self) -> AbstractContextManager[None]:
        """Keep the caller's services from closing for as long as the block lasts."""
        return self.uses.held(caller(self.connection).connection)

    @asynccontextmanager
    async def lifespan(self, _server: Any) -> AsyncIterator[Tenants]:
        self._users += 1
        try:
            yield self
        finally:
            self._users -= 1
            if not self._users:
                await self._end()

    def _of_caller(self) -> Lifecycle:
        return self.of(caller(self.connection).connection)

    def _is_idle(self, connection: str, services: Services) -> bool:
        return connection != self.connection and super()._is_idle(connection, services)

    async def _end(self) -> None:
        with anyio.CancelScope(shield=True):
            await self.close()
            if self._close_shared:
                await self._close_shared()
