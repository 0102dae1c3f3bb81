"""The worker of a process: whose queued jobs it does, and where."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from zohocrm_mcp.db.pool import Database

if TYPE_CHECKING:
    from zohocrm_mcp.jobs.shift import Perform, Shift


class QueueWorker:
    """Made once a process, for one event loop. It has a thread while somebody attends to a connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._performs: dict[str | None, Perform] = {}
        self._shift: Shift | None = None
        self._begun_with: dict[str | None, Perform] = {}
        self._lock = anyio.Lock()

    async def attend(self, connection: str | None, perform: Perform, *, after: float = 0) -> None:
        """Have the queued jobs of a connection done by ``perform``, in this event loop, until cancelled.

        Jobs that are being done when it is cancelled are not: they are their doer's.

        Args:
            connection: None: of every connection.
            perform: does one job, given its connection and its id; what it raises has the job tried again later.
            after: seconds to wait before the library is imported.
        """
        await anyio.sleep(after)
        self._performs[connection] = perform
        try:
            await self._renew()
            await anyio.sleep_forever()
        finally:
            del self._performs[connection]
            with anyio.CancelScope(shield=True):
                await self._renew()

    async def _renew(self) -> None:
        """Have a shift for those who are attended to now; many who come or go at once cost one."""
        async with self._lock:
            if self._performs == self._begun_with:
                return
            if self._shift:
                await anyio.to_thread.run_sync(self._shift.end)
            self._begun_with = dict(self._performs)
            self._shift = self._begin() if self._begun_with else None

    def _begin(self) -> Shift:
        from zohocrm_mcp.jobs.shift import Shift

        return Shift(self._database, self._begun_with, asyncio.get_running_loop())
