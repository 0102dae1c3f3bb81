"""The journal for services: each method a short transaction in a worker thread, repeated while PostgreSQL restarts."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import psycopg
import stamina

from zohocrm_mcp.db.pool import Connection, Database
from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.jobs import journal, queue
from zohocrm_mcp.jobs.entries import Entry, EntryState
from zohocrm_mcp.jobs.journal import Chunk, Draft, JobRow
from zohocrm_mcp.models import JobState

T = TypeVar("T")
RESTART_SECONDS = 60.0


class JobStore:
    """The jobs of one connection."""

    def __init__(self, database: Database, connection: str) -> None:
        self._database, self._connection = database, connection
        self._again = stamina.AsyncRetryingCaller(attempts=None, timeout=RESTART_SECONDS, wait_max=2.0).on(
            (ZohoDatabaseError, psycopg.OperationalError)
        )

    async def create(self, draft: Draft, *, queued: bool = False) -> str:
        """Write a job down and return its id; ``queued``: for whoever is free, else for this process."""

        def work(db: Connection) -> uuid.UUID:
            with db.transaction():
                job_id = journal.create(db, self._connection, draft)
                if queued:
                    queue.defer(db, self._connection, job_id)
            return job_id

        return str(await self._once(work))

    async def find(self, job_id: str) -> JobRow:
        return await self._once(lambda db: journal.find(db, job_id, self._connection))

    async def latest(self, state: str, limit: int) -> list[JobRow]:
        return await self._once(lambda db: journal.latest(db, self._connection, state, limit))

    async def chunks(self, job_id: uuid.UUID, *, only_open: bool = False) -> list[Chunk]:
        return await self._run(lambda db: journal.chunks(db, job_id, only_open=only_open))

    async def entries(
        self, job_id: uuid.UUID, state: EntryState | None = None, most: int = journal.MANY
    ) -> list[Entry]:
        return await self._once(lambda db: journal.entries(db, job_id, state, most))

    async def move(
        self, job_id: uuid.UUID, sources: Sequence[JobState], target: JobState, *, queued: bool = False
    ) -> bool:
        """Change the state of a job that is in one of ``sources``; ``queued`` as for ``create``."""

        def work(db: Connection) -> bool:
            with db.transaction():
                moved = journal.move(db, job_id, sources, target)
                if moved and queued:
                    queue.defer(db, self._connection, job_id)
            return moved

        return await self._once(work)

    async def ask_to_stop(self, job_id: uuid.UUID) -> bool:
        return await self._once(lambda db: journal.ask_to_stop(db, job_id))

    @asynccontextmanager
    async def taken_up(self, job_id: uuid.UUID) -> AsyncIterator[int | None]:
        """Hold a job: yields the number of the run, or None when somebody else is at it or nothing is left to do.

        A database connection of its own carries the lock, so that the lock ends when this process does.
        """
        db = await anyio.to_thread.run_sync(self._dedicated)
        try:
            yield await anyio.to_thread.run_sync(journal.take_up, db, job_id)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(db.close)

    async def claim(self, job_id: uuid.UUID, run: int, number: int, entries: Sequence[Entry]) -> bool:
        return await self._run(lambda db: journal.claim(db, job_id, run, number, entries))

    async def settle(self, job_id: uuid.UUID, run: int, number: int, entries: Sequence[Entry]) -> bool:
        return await self._run(lambda db: journal.settle(db, job_id, run, number, entries))

    async def waits(self, job_id: uuid.UUID, run: int, why: str) -> bool:
        return await self._run(lambda db: journal.waits(db, job_id, run, why))

    async def finish(self, job_id: uuid.UUID, run: int, trouble: str = "") -> None:
        await self._run(lambda db: journal.finish(db, job_id, run, trouble))

    def _dedicated(self) -> psycopg.Connection[Any]:
        try:
            name = f"zohocrm-mcp job runner {os.getpid()}"
            return psycopg.connect(self._database.conninfo(), autocommit=True, application_name=name)
        except psycopg.OperationalError as error:
            raise ZohoDatabaseError("The database does not take another connection.") from error

    async def _run(self, work: Callable[[Connection], T]) -> T:
        """For work on a job under way: what was sent must be written down, so a restart of PostgreSQL is waited for."""
        with anyio.CancelScope(shield=True):
            result = await self._again(self._once, work)
        return result  # noqa: RET504 -- a scope may swallow a cancellation, as far as the type checker knows

    async def _once(self, work: Callable[[Connection], T]) -> T:
        def in_thread() -> T:
            with self._database.connection() as db:
                return work(db)

        return await anyio.to_thread.run_sync(in_thread)
