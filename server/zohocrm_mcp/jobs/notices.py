"""What other processes do with jobs, as PostgreSQL tells it (LISTEN/NOTIFY)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import psycopg
import structlog

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)

Listener = Callable[[frozenset[str]], Awaitable[None]]

CHANNEL = "bulk_jobs"
AGAIN_SECONDS = 2.0
"""How long a listener waits before it tries to connect again."""


class Notices:
    """The ids of jobs that have moved on, from any process that shares the database.

    One connection to PostgreSQL serves all who listen in this process: one of them reads for all, then the next.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[Listener] = []
        self._reading = anyio.Lock()

    async def attend(self, listener: Listener) -> None:
        """Call ``listener`` with the ids heard of, until cancelled; what it raises is for the log.

        A connection that breaks is made again; what was told meanwhile is lost.
        """
        self._listeners.append(listener)
        try:
            async with self._reading:
                await self._read()
        finally:
            self._listeners.remove(listener)

    async def _read(self) -> None:
        while True:
            try:
                with _listening(await anyio.to_thread.run_sync(self._connect)) as db:
                    while True:
                        await anyio.wait_readable(db.fileno())
                        await self._tell(frozenset(notice.payload for notice in db.notifies(timeout=0)))
            except (psycopg.OperationalError, ZohoDatabaseError):
                await anyio.sleep(AGAIN_SECONDS)

    async def _tell(self, moved: frozenset[str]) -> None:
        for listener in list(self._listeners):
            try:
                await listener(moved)
            except Exception:
                log.exception("notices.not_told")  # the others want to hear of it all the same

    def _connect(self) -> psycopg.Connection[Any]:
        db = psycopg.connect(self._database.conninfo(), autocommit=True, application_name="zohocrm-mcp listener")
        db.execute(f"LISTEN {CHANNEL}")
        return db


@contextmanager
def _listening(db: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    try:
        yield db
    finally:
        db.close()
