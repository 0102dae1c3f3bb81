"""What is left of what Zoho allows, and what a planned job will cost before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil

import anyio.to_thread
from pydantic import Field

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.limits.look import look
from zohocrm_mcp.limits.prices import BULK_WRITE, COQL_MOST, RECORDS_A_CREDIT
from zohocrm_mcp.models import Job, Result
from zohocrm_mcp.services.bulk.plan import CHUNK
from zohocrm_mcp.services.imports.service import ROWS

FOUND_BY_VALUE = frozenset({"upsert", "load"})
"""Kinds of jobs that look for their records with COQL."""
CALLS_A_FILE = 4
"""The upload, the order, a look at it and the result."""


class Credits(Result):
    """API credits per rolling 24 hours; None where Zoho has not told the edition."""

    per_day: int | None
    used: int | None
    left: int | None
    stated: bool = Field(description="Whether Zoho has stated what is left, which it does once half is used.")


class CallsAtOnce(Result):
    """Calls to Zoho under way, and waiting to be."""

    limit: int = Field(description="Of the organisation, over all processes.")
    allowed: int = Field(description="Less than the limit for a while after Zoho has answered 429.")
    in_use: int = Field(description="By this process.")
    held_elsewhere: int = Field(description="Places that other processes keep for their calls.")
    waiting: int


class JobCost(Result):
    """What a job will cost, about."""

    job_id: str
    calls: int
    credits: int
    credits_left_after: int | None


class LimitsReport(Result):
    """What Zoho allows the organisation, and what is left of it."""

    edition: str = Field(description="Empty where Zoho has not told it.")
    credits: Credits
    calls_at_once: CallsAtOnce
    throttled_until: str | None = Field(default=None, description="Nothing is sent before: Zoho has answered 429.")
    trouble: str | None = None
    planned_jobs: list[JobCost] | None = None

    def __str__(self) -> str:
        day, left = self.credits.per_day, self.credits.left
        total = "an unknown number of API credits" if day is None else f"{day:,} API credits in 24 hours"
        known = "" if left is None else f" ({'' if self.credits.stated else 'about '}{left:,} left)"
        calls = f"{self.calls_at_once.limit} calls at once"
        rest = f"; throttled until {self.throttled_until}" if self.throttled_until else ""
        return f"{total}{known}, {calls}{rest}{f'; {self.trouble}' if self.trouble else ''}."


async def report(database: Database, budget: Budget) -> LimitsReport:
    """Return what the organisation is allowed and has left; without the database, what this process knows of it."""
    seen = await anyio.to_thread.run_sync(look, database, budget)
    until = datetime.now(UTC) + timedelta(seconds=seen.throttled) if seen.throttled else None
    used = None if seen.credits is None or seen.left is None else max(seen.credits - seen.left, 0)
    return LimitsReport(
        edition=budget.organisation.edition,
        credits=Credits(per_day=seen.credits, used=used, left=seen.left, stated=seen.stated),
        calls_at_once=CallsAtOnce(
            limit=budget.limit,
            allowed=seen.allowed,
            in_use=seen.in_use,
            held_elsewhere=seen.held_elsewhere,
            waiting=seen.waiting,
        ),
        throttled_until=until.isoformat(timespec="seconds") if until else None,
        trouble=seen.trouble or None,
    )


def cost_of(job: Job, left: int | None = None) -> JobCost:
    """Estimate what is still to be done of a job: each chunk is read once and written once, a load's by the file.

    Args:
        job: planned, or under way.
        left: credits left now, None: not known.
    """
    chunks, files = ceil(job.pending / CHUNK), ceil(job.pending / ROWS)
    reading = chunks * (COQL_MOST if job.kind in FOUND_BY_VALUE else 1)
    writing = files * BULK_WRITE if job.kind == "load" else ceil(job.pending / RECORDS_A_CREDIT)
    credits_ = reading + writing
    return JobCost(
        job_id=job.job_id,
        calls=chunks + (files * CALLS_A_FILE if job.kind == "load" else chunks),
        credits=credits_,
        credits_left_after=None if left is None else left - credits_,
    )


def with_costs(limits: LimitsReport, planned: Sequence[Job]) -> LimitsReport:
    """Return the report with what each planned job will cost."""
    return limits.model_copy(update={"planned_jobs": [cost_of(job, limits.credits.left) for job in planned]})
