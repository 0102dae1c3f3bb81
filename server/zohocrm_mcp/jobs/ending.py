"""What the audit log is told when a job has ended: which records it has changed, in which fields."""

from __future__ import annotations

import uuid
from typing import Any

from psycopg import Connection

from zohocrm_mcp.jobs.entries import loads
from zohocrm_mcp.observe.audit import Event, record

EVENT = "job.ended"
READING = frozenset({"read", "sync"})
"""Kinds of jobs that change nothing in Zoho; the log holds none of them."""

_ENDED = """SELECT connection, kind, module, state, asked_by, total, succeeded, failed, skipped FROM bulk_jobs
            WHERE job_id = %s"""
_DONE = """SELECT entries FROM bulk_chunks WHERE job_id = %s AND position('"state":"succeeded"' IN entries) > 0
           ORDER BY chunk"""


def record_end(db: Connection[Any], job_id: uuid.UUID) -> None:
    """Append the end of a job inside the transaction that ends it, so that there is one row an end, whoever works.

    A job that was stopped and resumed ends more than once; each row names every record changed until then.
    """
    found = db.execute(_ENDED, (job_id,)).fetchone()
    assert found is not None
    connection, kind, module, state, asked_by, total, succeeded, failed, skipped = found
    if kind in READING:
        return
    record_ids, fields = _changed(db, job_id)
    event = Event(
        event=EVENT,
        connection=connection,
        outcome=state,
        record_ids=record_ids,
        fields=fields,
        detail=f"{kind} of {module}: {succeeded} of {total} done, {failed} failed, {skipped} skipped",
        who=asked_by,
        job_id=str(job_id),
    )
    record(db, event)


def _changed(db: Connection[Any], job_id: uuid.UUID) -> tuple[list[str], list[str]]:
    """Return ids and fields of what was done, read chunk by chunk: a job may hold a million records."""
    record_ids: list[str] = []
    fields: dict[str, None] = {}
    with db.cursor() as cursor:
        for (text,) in cursor.stream(_DONE, (job_id,)):
            for entry in loads(text):
                if entry.state == "succeeded":
                    record_ids.append(entry.id)
                    fields |= dict.fromkeys(entry.sent)
    return record_ids, list(fields)
