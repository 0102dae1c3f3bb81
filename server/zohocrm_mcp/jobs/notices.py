"""What other processes do with jobs, as PostgreSQL tells it (LISTEN/NOTIFY)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import psycopg

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANNEL = "bulk_jobs"
LOOK_SECONDS = 2.0
"""How long one wait may take, so that a cancelled one ends soon. Also how often a listener looks around by itself."""


class Notices:
    """The ids of jobs that have moved on, from any process that shares the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listen(self) -> AsyncIterator[frozenset[str]]:
        """Yield the ids heard of; an empty set every two seconds in which there was none, and after each new start.

        A connection that breaks is made again; what was told meanwhile is lost, which is why an empty set comes first.
        """
        while True:
            try:
                with _listening(await anyio.to_thread.run_sync(self._connect)) as db:
                    yield frozenset()
                    while True:
                        yield await anyio.to_thread.run_sync(_heard, db)
            except (psycopg.OperationalError, ZohoDatabaseError):
                await anyio.sleep(LOOK_SECONDS)

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


def _heard(db: psycopg.Connection[Any]) -> frozenset[str]:
    return frozenset(notice.payload for notice in db.notifies(timeout=LOOK_SECONDS, stop_after=1))
