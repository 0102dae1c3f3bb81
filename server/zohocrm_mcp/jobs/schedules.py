"""What is to be done again and again: a module is synced every so often, by one of all processes that look."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.db.pool import Connection
from zohocrm_mcp.jobs import journal, queue

SYNC = "sync"
"""The kind of job that brings a module's mirror up to date."""

_SET = """INSERT INTO mirror_modules (connection, module, every, next_at)
          VALUES (%s, %s, make_interval(secs => %s), CASE WHEN %s::float8 IS NULL THEN NULL ELSE now() END)
          ON CONFLICT (connection, module) DO UPDATE SET every = excluded.every, next_at = excluded.next_at"""
_DUE = """UPDATE mirror_modules SET next_at = next_at
              + every * (1 + floor(extract(epoch FROM now() - next_at) / extract(epoch FROM every))::float8)
          WHERE next_at <= now() AND (%s::text[] IS NULL OR connection = ANY(%s)) RETURNING connection, module"""
_GOING_ON = """SELECT 1 FROM bulk_jobs WHERE kind = %s AND connection = %s AND module = %s
               AND state IN ('queued', 'running')"""


def schedule(db: Connection, connection: str, module: str, seconds: float | None) -> None:
    """Have a module synced every so many seconds from now on; None: no longer."""
    db.execute(_SET, (connection, module, seconds, seconds))


def defer_due(db: Connection, connections: Sequence[str] | None = None) -> None:
    """Write down and queue a sync of each module whose time has come, all in the transaction of ``db``.

    Whoever moves a module to its next time has the job of this one. Times that have passed with nobody there are left
    out, and so is one at which the sync before still goes on.

    Args:
        db: in a transaction.
        connections: whose modules; None: everybody's.
    """
    given = None if connections is None else list(connections)
    for connection, module in db.execute(_DUE, (given, given)).fetchall():
        if not db.execute(_GOING_ON, (SYNC, connection, module)).fetchone():
            draft = journal.Draft(SYNC, module, [], {"full": False}, asked_by="schedule")
            queue.defer(db, connection, journal.create(db, connection, draft))
