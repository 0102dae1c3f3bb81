"""The tenants of a process: a caller works over its own connection, whose parts open at its first call.

Where there is an end to how long nobody may have called, they close then, and open again at the next call. Those of the
process's own connection stay open: whoever asks whether it is ready asks for them.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from zohocrm_mcp.attendance import Attendance
from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.lifecycle import Lifecycle
from zohocrm_mcp.models import Health
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.health.looks import Look
from zohocrm_mcp.toolkit.bounds import Bounds
from zohocrm_mcp.toolkit.calling import caller
from zohocrm_mcp.uses import Uses

if TYPE_CHECKING:
    from zohocrm_mcp.observe.audit import Audit

log = get_logger(__name__)

LifecycleOf = Callable[[str], Lifecycle]
Guard = Callable[[], Awaitable[None]]
"""Raises where the caller of the request under way may not be served after all."""

LOOK_SECONDS = 60.0
"""How often to look for connections that nobody uses."""
BREATH = 0.2
"""Seconds between the first tool list and the warm-up, so that the lists that follow it do not wait."""


async def _everybody() -> None:
    """Let everybody in: on stdio it is the owner of the process who calls."""


class Tenants:
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
        self.connection = connection
        self.guard: Guard = _everybody
        self.look_elsewhere: Callable[[], Look] | None = None
        """Looks, in a thread, whether the connection of any caller is usable."""
        self.ending = False
        """Whether the process has been told to end."""
        self.bounds = Bounds()
        """What holds the calls under way, of all tenants."""
        self.on_open: list[Callable[[str, Services], None]] = []
        """Called with a connection and its services each time they have opened."""
        self.idle_seconds = math.inf
        """After so long without use the parts of a connection close."""
        self.uses = Uses(clock)
        self.in_use: list[Callable[[str], bool]] = []
        """Asked whether a connection is in use beside the requests and the jobs under way."""
        self.attendance: Attendance | None = None
        """Has queued jobs done; without it whoever opens the parts sees to them."""
        self._lifecycle_of, self._close_shared = lifecycle_of, close
        self._lifecycles: dict[str, Lifecycle] = {}
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

    async def keep_closing_idle(self) -> None:
        """Look for connections that nobody uses, until cancelled."""
        while True:
            await anyio.sleep(LOOK_SECONDS)
            await self.close_idle()

    async def close_idle(self) -> None:
        """Close what nobody has used for long."""
        for connection, lifecycle in list(self._lifecycles.items()):
            if connection == self.connection:
                continue
            try:
                if await lifecycle.close_if(partial(self._is_idle, connection)):
                    log.info("connection closed; nobody has used it for long", connection=connection)
            except Exception:
                log.exception("closing crashed")  # it counts as closed; the other connections must not suffer

    def _is_idle(self, connection: str, services: Services) -> bool:
        used = services.jobs.under_way or any(ask(connection) for ask in self.in_use)
        return not used and self.uses.idle_seconds(connection) >= self.idle_seconds

    @asynccontextmanager
    async def lifespan(self, _server: Any) -> AsyncIterator[Tenants]:
        self._users += 1
        try:
            yield self
        finally:
            self._users -= 1
            if not self._users:
                await self._close()

    def _of_caller(self) -> Lifecycle:
        return self.of(caller(self.connection).connection)

    def of(self, connection: str) -> Lifecycle:
        """Return the parts of a connection, open or not, whoever calls."""
        if connection not in self._lifecycles:
            made = self._lifecycles[connection] = self._lifecycle_of(connection)
            made.on_open.append(partial(self._opened, connection))
        return self._lifecycles[connection]

    def _opened(self, connection: str, services: Services) -> None:
        for tell in self.on_open:
            tell(connection, services)
        if self.attendance:
            self.attendance.begin(connection, self._perform)

    async def _perform(self, connection: str, job_id: str) -> None:
        with self.uses.held(connection):
            await (await self.of(connection).services()).jobs.perform(job_id)

    async def _close(self) -> None:
        closing, self._lifecycles = self._lifecycles, {}
        with anyio.CancelScope(shield=True):
            if self.attendance:
                await self.attendance.close()
            async with anyio.create_task_group() as group:
                for lifecycle in closing.values():
                    group.start_soon(lifecycle.close)
            if self._close_shared:
                await self._close_shared()
