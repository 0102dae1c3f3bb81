"""The queue of jobs, kept by procrastinate: a ticket in it says that somebody is to look at a job of the journal.

The journal alone says what is to be done and what was done, and its lock who does it: a ticket too many does no harm,
and one too few is replaced by `left_behind`. The library takes a third of a second to import, so it is imported late.
"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from zohocrm_mcp.db.pool import Connection
from zohocrm_mcp.jobs.journal import LOCK_CLASS

if TYPE_CHECKING:
    from procrastinate import App

TASK = "run_job"
LONGEST_NAME = 32
"""Of a queue, behind its prefix: PostgreSQL cuts the names of channels at 63 bytes, and the library adds its own."""

_LEFT = """SELECT connection, job_id FROM bulk_jobs WHERE state IN ('queued', 'running')
           AND (%s::text[] IS NULL OR connection = ANY(%s))
           AND NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND classid = %s AND objid = (hashtext(job_id::text)::bigint & 4294967295)::oid)
           AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS ticket WHERE queueing_lock = job_id::text
               AND (status = 'todo' OR status = 'doing' AND bulk_jobs.state = 'queued'))
           ORDER BY created_at"""


def queue_of(connection: str) -> str:
    """Return the queue of a connection's jobs."""
    short = len(connection) <= LONGEST_NAME
    return "zohocrm." + (connection if short else hashlib.sha256(connection.encode()).hexdigest()[:LONGEST_NAME])


def defer(db: Connection, connection: str, job_id: uuid.UUID) -> None:
    """Put a job into its connection's queue, unless it waits there already; as part of the transaction of ``db``."""
    from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

    ticket = _app().configure_task(TASK, queue=queue_of(connection), queueing_lock=str(job_id), connection=db)
    try:
        with contextlib.suppress(AlreadyEnqueued), db.transaction():
            ticket.defer(connection=connection, job_id=str(job_id))
    except ConnectorException as error:
        raise error.__cause__ or error from None


def defer_left_behind(db: Connection, connections: Sequence[str] | None = None) -> None:
    """Put into the queue what is open with nobody at it and no ticket: a process that had it is gone.

    Args:
        db: in a transaction.
        connections: whose jobs; None: everybody's.
    """
    given = None if connections is None else list(connections)
    for connection, job_id in db.execute(_LEFT, (given, given, LOCK_CLASS)).fetchall():
        defer(db, connection, job_id)


@cache
def _app() -> App:
    """Return the library as one that only defers, over connections lent to it."""
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector())
