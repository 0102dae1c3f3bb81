"""The journal of work on a module as a whole: reads, loads, the mirror. How far it is, and what it must remember."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from psycopg.types.json import Jsonb

from zohocrm_mcp.db.pool import Connection
from zohocrm_mcp.jobs.entries import Entry, dumps, loads
from zohocrm_mcp.jobs.journal import Chunk, Draft
from zohocrm_mcp.jobs.store import JobStore


class TaskStore(JobStore):
    """The jobs of one connection, those without records of their own among them."""

    async def advance(self, job_id: uuid.UUID, run: int, done: int, total: int) -> bool:
        """Write how far a job is. False: it was asked to stop, or another run has it."""

        def work(db: Connection) -> bool:
            row = db.execute(
                """UPDATE bulk_jobs SET succeeded = %s, total = %s WHERE job_id = %s AND run = %s
                   RETURNING cancel_requested""",
                (done, total, job_id, run),
            ).fetchone()
            db.execute("SELECT pg_notify('bulk_jobs', %s)", (str(job_id),))
            return row is not None and not row[0]

        return await self._run(work)

    async def note(self, job_id: uuid.UUID, run: int, key: str, value: str) -> bool:
        """Remember something about a job under ``key``. False: another run has it, and nothing was written."""
        query = """UPDATE bulk_jobs SET request = jsonb_set(request, %s, %s) WHERE job_id = %s AND run = %s"""
        return await self._run(lambda db: db.execute(query, ([key], Jsonb(value), job_id, run)).rowcount == 1)

    async def open_planned(self, draft: Draft) -> str:
        """Write a job down that is still to get its chunks; until ``close_planned`` its request is not ``complete``."""
        return await self.create(replace(draft, chunks=[], dry_run=True))

    async def append(self, job_id: str, number: int, chunks: Sequence[Sequence[Entry]]) -> int:
        """Add chunks from ``number`` on to a planned job and return the number after them."""
        added = Counter(entry.state for chunk in chunks for entry in chunk)

        def work(db: Connection) -> None:
            with db.cursor().copy("COPY bulk_chunks (job_id, chunk, state, entries) FROM STDIN") as copy:
                for place, chunk in enumerate(chunks, number):
                    done = all(entry.state != "pending" for entry in chunk)
                    copy.write_row((job_id, place, "done" if done else "waiting", dumps(chunk)))
            db.execute(
                "UPDATE bulk_jobs SET total = total + %s, failed = failed + %s WHERE job_id = %s",
                (added.total(), added["failed"], job_id),
            )

        await self._once(work)
        return number + len(chunks)

    async def close_planned(self, job_id: str, *, dry_run: bool) -> None:
        """Say that a planned job has all its chunks."""
        query = """UPDATE bulk_jobs SET request = request || '{"complete": true}', dry_run = %s WHERE job_id = %s"""
        await self._once(lambda db: db.execute(query, (dry_run, job_id)))

    async def open_numbers(self, job_id: uuid.UUID) -> list[int]:
        """Return the chunks that are not done, in order: for jobs whose chunks do not fit into memory together."""
        query = "SELECT chunk FROM bulk_chunks WHERE job_id = %s AND state <> 'done' ORDER BY chunk"
        return await self._run(lambda db: [row[0] for row in db.execute(query, (job_id,)).fetchall()])

    async def chunk(self, job_id: uuid.UUID, number: int) -> Chunk:
        query = "SELECT entries, state = 'sending' FROM bulk_chunks WHERE job_id = %s AND chunk = %s"

        def work(db: Connection) -> Chunk:
            row = db.execute(query, (job_id, number)).fetchone()
            assert row is not None
            return Chunk(number, loads(row[0]), left=row[1])

        return await self._run(work)
