"""What a bulk update answers to a script."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal, NotRequired, TypedDict

from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.models import Job, JobState

SUCCESS = "SUCCESS"
"""Zoho's own code for a record that was written; the others are told in its documentation too."""


class RecordOutcome(TypedDict):
    """What became of one record. ``pending``: not sent, because the job was stopped; ``field``: the one at fault."""

    id: str
    status: Literal["success", "error", "pending"]
    code: str
    message: str
    field: NotRequired[str]


class RecordFailure(TypedDict):
    """Why one record was not written."""

    record_id: str
    code: str
    message: str
    field: NotRequired[str]


class BulkUpdate(TypedDict):
    """``total`` = ``succeeded`` + ``failed`` + what a stopped job has left undone.

    ``status_code`` is that of HTTP for the whole: 200 all were written, 207 some, 400 none, 503 stopped before any.
    ``data`` holds one outcome a record, in the order given; ``failures`` those that failed.
    """

    total: int
    status_code: int
    message: str
    data: list[RecordOutcome]
    succeeded: int
    failed: int
    failures: list[RecordFailure]
    job_id: str
    state: JobState


def bulk_update(job: Job, entries: Sequence[Entry]) -> BulkUpdate:
    """Return what there is to say of a job at its end and of its records."""
    return BulkUpdate(
        total=job.total,
        status_code=_status_code(job),
        message=_message(job),
        data=[_outcome(entry) for entry in entries],
        succeeded=job.succeeded,
        failed=job.failed + job.skipped,
        failures=[_failure(entry) for entry in entries if entry.state in {"failed", "skipped"}],
        job_id=job.job_id,
        state=job.state,
    )


def _status_code(job: Job) -> int:
    if job.succeeded == job.total:
        return HTTPStatus.OK.value
    if job.succeeded:
        return HTTPStatus.MULTI_STATUS.value
    return HTTPStatus.SERVICE_UNAVAILABLE.value if job.pending else HTTPStatus.BAD_REQUEST.value


def _message(job: Job) -> str:
    said = f"{job.succeeded} of {job.total} accounts were updated."
    return f"{said} {job.trouble}" if job.trouble else said


def _outcome(entry: Entry) -> RecordOutcome:
    if entry.state == "succeeded":
        return RecordOutcome(id=entry.id, status="success", code=SUCCESS, message="record updated")
    if entry.state == "pending":
        return RecordOutcome(id=entry.id, status="pending", code="NOT_SENT", message="the job was stopped before")
    told = RecordOutcome(id=entry.id, status="error", code=entry.code, message=entry.message)
    if entry.field:
        told["field"] = entry.field
    return told


def _failure(entry: Entry) -> RecordFailure:
    told = RecordFailure(record_id=entry.id, code=entry.code, message=entry.message)
    if entry.field:
        told["field"] = entry.field
    return told
