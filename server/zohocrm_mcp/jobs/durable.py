"""Writing on behalf of a job: repeated while PostgreSQL restarts, and told plainly when its disk is full."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
import psycopg
import stamina

from zohocrm_mcp.db.pool import Connection, Database
from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.jobs.store import RESTART_SECONDS

T = TypeVar("T")
Work = Callable[[Connection], T]


class DurableStore:
    """``what`` is what a full disk has no room for."""

    what = "it"

    def __init__(self, database: Database, connection: str) -> None:
        self._database, self._connection = database, connection
        self._again = stamina.AsyncRetryingCaller(attempts=None, timeout=RESTART_SECONDS, wait_max=2.0).on(_may_pass)

    async def _durably(self, work: Work[T]) -> T:
        """Do what must not be lost. It may be done twice: the connection can break after the commit."""
        return await self._again(self._run, work)

    async def _run(self, work: Work[T]) -> T:
        return await anyio.to_thread.run_sync(self._in_thread, work)

    def _in_thread(self, work: Work[T]) -> T:
        try:
            with self._database.connection() as db:
                return work(db)
        except psycopg.errors.DiskFull as error:
            raise ZohoDatabaseError(
                f"PostgreSQL has no room left for {self.what}; what this step wrote is rolled back.",
                hint="Free some space on the database's disk, then try again.",
                full=True,
            ) from error


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ZohoDatabaseError):
        return not error.details.get("full")
    return isinstance(error, psycopg.OperationalError)
