"""A job as a model reads it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from zohocrm_mcp.jobs.ending import READING
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.models import Change, Failure, Job, PlannedChange, Record
from zohocrm_mcp.services.bulk.reading import STAMP
from zohocrm_mcp.services.bulk.removing import DELETE

SHOWN_FAILURES = 200
SHOWN_CHANGES = 50
UNDOABLE = frozenset({"succeeded", "partly_failed", "failed", "cancelled"})


def job_of(row: JobRow, failures: list[Failure], changes: list[PlannedChange] | None = None) -> Job:
    rate, left = _speed(row)
    return Job(
        job_id=str(row.job_id),
        kind=row.kind,
        state=row.state,
        total=row.total,
        succeeded=row.succeeded,
        failed=row.failed,
        skipped=row.skipped,
        pending=row.pending,
        failures=failures,
        undo_available=row.state in UNDOABLE and row.succeeded > 0 and row.kind not in READING,
        dry_run=row.dry_run and row.started_at is None,
        changes=changes,
        trouble=row.trouble or None,
        records_per_second=rate,
        seconds_left=left,
    )


def failures_of(entries: Iterable[Entry]) -> list[Failure]:
    return [entry.failure() for entry in entries if entry.state in {"failed", "skipped"}]


def changes_of(entries: Iterable[Entry]) -> list[PlannedChange]:
    """Return what the entries change, or would: only fields that get another value."""
    shown = [entry for entry in entries if entry.state in {"pending", "succeeded"}][:SHOWN_CHANGES]
    return [
        PlannedChange(record_id=entry.id or None, row=None if entry.id else entry.row, changed=_changed(entry))
        for entry in shown
    ]


def _changed(entry: Entry) -> dict[str, Change]:
    if entry.action == DELETE:
        kept = {name: value for name, value in (entry.ours or {}).items() if name != STAMP and value is not None}
        return {name: Change(before=value, after=None) for name, value in kept.items()}
    before: Record = entry.before or {}
    return {
        name: Change(before=before.get(name), after=value)
        for name, value in entry.sent.items()
        if before.get(name) != value
    }


def instead_of_run(row: JobRow) -> str:
    """Return what to do with a job that cannot be run, as it is no longer planned."""
    if row.state in {"queued", "running"}:
        return "It has been run already; follow it with get_job."
    return "resume_job goes on with it." if _stopped(row) else "Plan a new one with dry_run=true."


def instead_of_resume(row: JobRow) -> str:
    """Return what to do with a job that has nothing to go on with."""
    if row.state == "planned":
        return "run_job begins it."
    return "get_job tells what became of its records; send those that failed in a new job."


def instead_of_undo(row: JobRow) -> str:
    """Return what to do with a job that has nothing to undo."""
    if row.state in {"queued", "running"}:
        return "Wait until get_job says that it has ended, or stop it with cancel_job; then undo it."
    if row.state == "undone":
        return "To have its changes again, undo the job that has undone it; list_jobs shows it."
    return "Nothing needs to be done."


def _stopped(row: JobRow) -> bool:
    return row.state in {"cancelled", "failed"} and row.pending > 0


def _speed(row: JobRow) -> tuple[float | None, float | None]:
    done = row.total - row.pending
    if row.state != "running" or row.started_at is None or not done:
        return None, None
    elapsed = (datetime.now(UTC) - row.started_at).total_seconds()
    rate = done / max(elapsed, 0.001)
    return round(rate, 1), None if row.trouble else round(row.pending / rate, 1)
