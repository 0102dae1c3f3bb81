"""The open connections of a process: the parts of each open when they are first wanted.

Where there is an end to how long nobody may have used them, they close then, and open again when they are wanted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial

import anyio

from zohocrm_mcp.attendance import Attendance
from zohocrm_mcp.lifecycle import Lifecycle
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.services import Services
from zohocrm_mcp.uses import Uses

log = get_logger(__name__)

LifecycleOf = Callable[[str], Lifecycle]

IDLE_SECONDS = 1_800.0
"""After so long without use the parts of a connection close, in a process that does close them."""
LOOK_SECONDS = 60.0
"""How often to look for connections that nobody uses."""


class OpenConnections:
    """``lifecycle_of`` makes the parts of a connection by its name, not open yet; ``clock`` counts seconds."""

    def __init__(self, lifecycle_of: LifecycleOf, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.on_open: list[Callable[[str, Services], None]] = []
        """Called with a connection and its services each time they have opened."""
        self.idle_seconds = math.inf
        """After so long without use the parts of a connection close."""
        self.uses = Uses(clock)
        self.in_use: list[Callable[[str], bool]] = []
        """Asked whether a connection is in use beside its jobs under way and what is held."""
        self.attendance: Attendance | None = None
        """Has queued jobs done; without it whoever opens the parts sees to them."""
        self._lifecycle_of = lifecycle_of
        self._lifecycles: dict[str, Lifecycle] = {}

    def of(self, connection: str) -> Lifecycle:
        """Return the parts of a connection, open or not."""
        if connection not in self._lifecycles:
            made = self._lifecycles[connection] = self._lifecycle_of(connection)
            made.on_open.append(partial(self._opened, connection))
        return self._lifecycles[connection]

    async def perform(self, connection: str, job_id: str) -> None:
        """Do a queued job, opening what it needs.

        Raises:
            ZohoError: what keeps the parts from opening.
        """
        with self.uses.held(connection):
            await (await self.of(connection).services()).jobs.perform(job_id)

    async def keep_closing_idle(self) -> None:
        """Look for connections that nobody uses, until cancelled."""
        while True:
            await anyio.sleep(LOOK_SECONDS)
            await self.close_idle()

    async def close_idle(self) -> None:
        """Close what nobody has used for long."""
        for connection, lifecycle in list(self._lifecycles.items()):
            try:
                if await lifecycle.close_if(partial(self._is_idle, connection)):
                    log.info("connection closed; nobody has used it for long", connection=connection)
            except Exception:
                log.exception("closing crashed")  # it counts as closed; the other connections must not suffer

    async def close(self) -> None:
        """Close all; what is asked for afterwards opens anew."""
        closing, self._lifecycles = self._lifecycles, {}
        with anyio.CancelScope(shield=True):
            if self.attendance:
                await self.attendance.close()
            async with anyio.create_task_group() as group:
                for lifecycle in closing.values():
                    group.start_soon(lifecycle.close)

    def _is_idle(self, connection: str, services: Services) -> bool:
        used = services.jobs.under_way or any(ask(connection) for ask in self.in_use)
        return not used and self.uses.idle_seconds(connection) >= self.idle_seconds

    def _opened(self, connection: str, services: Services) -> None:
        for tell in self.on_open:
            tell(connection, services)
        if self.attendance:
            self.attendance.begin(connection, self.perform)
