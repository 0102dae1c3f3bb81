"""The journal of bulk changes: written before a call goes out, and again when its outcome is known.

Whoever works on a job holds an advisory lock of PostgreSQL on it, which ends with his connection, and a run number:
after somebody else has taken the job up, the older run can write nothing more.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from zohocrm_mcp.db.texts import uuid_of
from zohocrm_mcp.errors import NotFoundError
from zohocrm_mcp.jobs.ending import record_end
from zohocrm_mcp.jobs.entries import Entry, EntryState, dumps, loads, states
from zohocrm_mcp.models import JobState, Record

LOCK_CLASS = 0x5A4A
"""First half of the advisory locks on jobs."""

MANY = 10_000_000
"""More than a job holds."""


@dataclass(frozen=True)
class Draft:
    """A job to be written: what was asked, split into chunks of at most 100 entries."""

    kind: str
    module: str
    chunks: Sequence[Sequence[Entry]]
    request: Record
    asked_by: str = ""
    dry_run: bool = False
    undo_of: uuid.UUID | None = None


@dataclass(frozen=True)
class JobRow:
    """A job as the table holds it."""

    job_id: uuid.UUID
    connection: str
    kind: str
    module: str
    state: JobState
    dry_run: bool
    asked_by: str
    request: dict[str, Any]
    undo_of: uuid.UUID | None
    total: int
    succeeded: int
    failed: int
    skipped: int
    cancel_requested: bool
    run: int
    trouble: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def pending(self) -> int:
        return self.total - self.succeeded - self.failed - self.skipped


@dataclass(frozen=True)
class Chunk:
    """``left``: an earlier run sent it and ended before it wrote the outcome; ``age`` is the seconds since then."""

    number: int
    entries: list[Entry]
    left: bool = False
    age: float = 0.0


_JOB = """job_id, connection, kind, module, state, dry_run, asked_by, request, undo_of, total, succeeded, failed,
    skipped, cancel_requested, run, trouble, created_at, started_at, ended_at"""


def create(db: Connection[Any], connection: str, draft: Draft) -> uuid.UUID:
    """Write a job with all its chunks in one transaction, and return its id. Nothing is sent yet."""
    job_id = uuid.uuid4()
    states = [entry.state for chunk in draft.chunks for entry in chunk]
    with db.transaction():
        db.execute(
            """INSERT INTO bulk_jobs (job_id, connection, kind, module, state, dry_run, asked_by, request, undo_of,
                   total, succeeded, failed, skipped) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s, %s)""",
            (job_id, connection, draft.kind, draft.module, "planned" if draft.dry_run else "queued", draft.dry_run,
             draft.asked_by, Jsonb(draft.request), draft.undo_of, len(states), states.count("failed"),
             states.count("skipped")),
        )  # fmt: skip
        with db.cursor().copy("COPY bulk_chunks (job_id, chunk, state, entries) FROM STDIN") as copy:
            for number, chunk in enumerate(draft.chunks):
                done = all(entry.state != "pending" for entry in chunk)
                copy.write_row((job_id, number, "done" if done else "waiting", dumps(chunk)))
    return job_id


def find(db: Connection[Any], job_id: str, connection: str) -> JobRow:
    """Return a job of this connection.

    Raises:
        NotFoundError: there is none with this id, or it is another connection's.
    """
    query = f"SELECT {_JOB} FROM bulk_jobs WHERE job_id = %s AND connection = %s"  # noqa: S608 -- constants
    with db.cursor(row_factory=class_row(JobRow)) as cursor:
        found = cursor.execute(query, (uuid_of(job_id), connection)).fetchone()
    if found is None:
        raise NotFoundError(f"There is no job {job_id!r}.", hint="list_jobs shows the jobs there are.")
    return found


def latest(db: Connection[Any], connection: str, state: str, limit: int) -> list[JobRow]:
    query = f"""SELECT {_JOB} FROM bulk_jobs WHERE connection = %s AND (%s = '' OR state = %s)
                ORDER BY created_at DESC LIMIT %s"""  # noqa: S608 -- constants
    with db.cursor(row_factory=class_row(JobRow)) as cursor:
        return cursor.execute(query, (connection, state, state, limit)).fetchall()


def take_up(db: Connection[Any], job_id: uuid.UUID) -> int | None:
    """Lock a job for this database connection and return the number of the new run.

    None when somebody else is at it, or when there is nothing left to do. The lock ends with ``let_go`` or with ``db``.
    """
    if not _lock(db, "pg_try_advisory_lock", job_id):
        return None
    taken = db.execute(
        """UPDATE bulk_jobs SET state = 'running', run = run + 1, started_at = coalesce(started_at, now()), trouble = ''
           WHERE job_id = %s AND state IN ('queued', 'running') RETURNING run""",
        (job_id,),
    ).fetchone()
    if taken is None:
        let_go(db, job_id)
        return None
    return int(taken[0])


def let_go(db: Connection[Any], job_id: uuid.UUID) -> None:
    _lock(db, "pg_advisory_unlock", job_id)


def chunks(db: Connection[Any], job_id: uuid.UUID, *, only_open: bool = False) -> list[Chunk]:
    query = """SELECT chunk, entries, state = 'sending', extract(epoch FROM now() - claimed_at)::float8
               FROM bulk_chunks WHERE job_id = %s AND (NOT %s OR state <> 'done') ORDER BY chunk"""
    found = db.execute(query, (job_id, only_open)).fetchall()
    return [Chunk(number, loads(text), left, age or 0.0) for number, text, left, age in found]


def entries(db: Connection[Any], job_id: uuid.UUID, state: EntryState | None = None, most: int = MANY) -> list[Entry]:
    """Return the records of a job in order: all, or those in one state; at most ``most``."""
    query = """SELECT entries FROM bulk_chunks WHERE job_id = %s AND (%s = '' OR position(%s IN entries) > 0)
               ORDER BY chunk LIMIT %s"""
    mark = "" if state in {None, "pending"} else f'"state":"{state}"'  # pending is the default and not written
    found: list[Entry] = []
    for (text,) in db.execute(query, (job_id, mark, mark, most)):
        found += [entry for entry in loads(text) if state in {None, entry.state}]
        if len(found) >= most:
            break
    return found[:most]


def claim(db: Connection[Any], job_id: uuid.UUID, run: int, number: int, entries: Sequence[Entry]) -> bool:
    """Write what is about to be sent, with its before-images. False: cancelled, or another run has the job."""
    if not _is_ours(db, job_id, run, claiming=True):
        return False
    _count(db, job_id, number, entries)
    db.execute(
        """UPDATE bulk_chunks SET state = 'sending', entries = %s, claimed_at = now()
           WHERE job_id = %s AND chunk = %s""",
        (dumps(entries), job_id, number),
    )
    return True


def settle(db: Connection[Any], job_id: uuid.UUID, run: int, number: int, entries: Sequence[Entry]) -> bool:
    """Write the outcomes of a chunk. False: another run has the job by now."""
    if not _is_ours(db, job_id, run):
        return False
    _count(db, job_id, number, entries)
    db.execute(
        "UPDATE bulk_chunks SET state = %s, entries = %s WHERE job_id = %s AND chunk = %s",
        (_state(entries), dumps(entries), job_id, number),
    )
    db.execute("SELECT pg_notify('bulk_jobs', %s)", (str(job_id),))
    return True


def waits(db: Connection[Any], job_id: uuid.UUID, run: int, why: str) -> bool:
    """Write why a job waits, until its next chunk. False: it was asked to stop, or another run has it."""
    query = "UPDATE bulk_jobs SET trouble = %s WHERE job_id = %s AND run = %s RETURNING cancel_requested"
    found = db.execute(query, (why, job_id, run)).fetchone()
    return found is not None and not found[0]


def _state(entries: Sequence[Entry]) -> str:
    """Return the state of a chunk that nobody works on any more; in doubt it stays one that was sent."""
    open_ = [entry for entry in entries if entry.state == "pending"]
    return "sending" if any(entry.in_doubt for entry in open_) else "waiting" if open_ else "done"


def _is_ours(db: Connection[Any], job_id: uuid.UUID, run: int, *, claiming: bool = False) -> bool:
    """Whether the job is still this run's; its row stays locked until the transaction ends."""
    query = "SELECT cancel_requested FROM bulk_jobs WHERE job_id = %s AND run = %s FOR UPDATE"
    found = db.execute(query, (job_id, run)).fetchone()
    return found is not None and not (claiming and found[0])


def _count(db: Connection[Any], job_id: uuid.UUID, number: int, entries: Sequence[Entry]) -> None:
    """Add to the job's counters what is final in ``entries`` and was not in the chunk as it stands.

    Counted from what stands there, so that a write repeated after its commit was not heard of counts nothing twice.
    """
    query = "SELECT entries FROM bulk_chunks WHERE job_id = %s AND chunk = %s"
    standing = db.execute(query, (job_id, number)).fetchone()
    gained = Counter(entry.state for entry in entries)
    gained.subtract(Counter(states(standing[0]) if standing else ()))
    db.execute(
        """UPDATE bulk_jobs SET succeeded = succeeded + %s, failed = failed + %s, skipped = skipped + %s, trouble = ''
           WHERE job_id = %s""",
        (gained["succeeded"], gained["failed"], gained["skipped"], job_id),
    )


def finish(db: Connection[Any], job_id: uuid.UUID, run: int, trouble: str = "") -> None:
    """Give a job its final state: from the counters, or from what stopped it. What a whole undo undid is undone.

    Repeated after its commit was not heard of, it finds the job ended and changes nothing.
    """
    ended = db.execute(
        """UPDATE bulk_jobs SET trouble = %s, ended_at = now(), state = CASE
               WHEN cancel_requested AND succeeded + failed + skipped < total THEN 'cancelled'
               WHEN succeeded + failed + skipped < total OR (total = 0 AND %s <> '') THEN 'failed'
               WHEN failed + skipped = 0 THEN 'succeeded'
               WHEN succeeded > 0 THEN 'partly_failed'
               ELSE 'failed' END
           WHERE job_id = %s AND run = %s AND state IN ('queued', 'running')""",
        (trouble, trouble, job_id, run),
    )
    if ended.rowcount:
        record_end(db, job_id)
    db.execute(
        """UPDATE bulk_jobs AS done SET state = 'undone' FROM bulk_jobs AS undo
           WHERE undo.job_id = %s AND undo.run = %s AND undo.state = 'succeeded' AND done.job_id = undo.undo_of
               AND done.state NOT IN ('queued', 'running') AND done.succeeded = undo.total""",
        (job_id, run),
    )
    db.execute("SELECT pg_notify('bulk_jobs', %s)", (str(job_id),))


def move(db: Connection[Any], job_id: uuid.UUID, sources: Sequence[JobState], target: JobState) -> bool:
    """Change the state of a job that is in one of ``sources``; queued again, it is no longer asked to stop."""
    moved = db.execute(
        """UPDATE bulk_jobs SET state = %s, ended_at = NULL, cancel_requested = cancel_requested AND %s <> 'queued'
           WHERE job_id = %s AND state = ANY(%s)""",
        (target, target, job_id, list(sources)),
    )
    db.execute("SELECT pg_notify('bulk_jobs', %s)", (str(job_id),))
    return moved.rowcount == 1


def ask_to_stop(db: Connection[Any], job_id: uuid.UUID) -> bool:
    asked = db.execute(
        "UPDATE bulk_jobs SET cancel_requested = true WHERE job_id = %s AND state IN ('queued', 'running')", (job_id,)
    )
    return asked.rowcount == 1


def _lock(db: Connection[Any], function: str, job_id: uuid.UUID) -> bool:
    row = db.execute(f"SELECT {function}(%s, hashtext(%s))", (LOCK_CLASS, str(job_id))).fetchone()
    return bool(row and row[0])
