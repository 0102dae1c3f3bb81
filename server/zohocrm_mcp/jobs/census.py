"""How many jobs there are in each state, and how long one has not moved: for whoever watches the server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, get_args

from psycopg import Connection

from zohocrm_mcp.jobs.journal import LOCK_CLASS
from zohocrm_mcp.models import JobState
from zohocrm_mcp.observe import meters

STATES: tuple[str, ...] = get_args(JobState)


@dataclass(frozen=True)
class Census:
    """Jobs of all connections. ``stalled`` is in seconds, of the open job that has not moved for the longest time."""

    states: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    stalled: float = 0.0

    def gauges(self) -> Iterable[meters.Reading]:
        yield from ((meters.JOBS, float(count), (state,)) for state, count in self.states.items())
        yield meters.JOBS_STALLED, self.stalled, ()


def census(db: Connection[Any]) -> Census:
    """Count. A job moves when it is asked for, taken up, and with each chunk that is sent.

    One that somebody works on without sending chunks (a read, a sync) does not stall.
    """
    counted = dict(db.execute("SELECT state, count(*) FROM bulk_jobs GROUP BY state").fetchall())
    stalled = db.execute(_STALLED, (LOCK_CLASS,)).fetchone()
    states = {state: int(counted.get(state, 0)) for state in STATES}
    return Census(states, max(float(stalled[0] or 0.0), 0.0) if stalled else 0.0)


_STALLED = """
    SELECT extract(epoch FROM max(now() - greatest(created_at, started_at, sent_at)))::float8 FROM bulk_jobs
    CROSS JOIN LATERAL (SELECT max(claimed_at) AS sent_at, coalesce(bool_or(state = 'sending'), false) AS sending
        FROM bulk_chunks WHERE bulk_chunks.job_id = bulk_jobs.job_id) AS chunks
    WHERE state IN ('queued', 'running') AND (sending OR NOT EXISTS (SELECT 1 FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND objid = (hashtext(job_id::text)::bigint & 4294967295)::oid))
"""
