"""Many accounts in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zohocrm_mcp.models import BulkRead, Job, Jobs
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.confirmations import Preview
from zohocrm_mcp.toolkit import (
    DESTROY,
    READ,
    UPDATE,
    Background,
    CheckFields,
    Criteria,
    Crm,
    DryRun,
    FieldNames,
    Filters,
    JobId,
    JobLimit,
    Match,
    MaxRecords,
    NewRecords,
    Progress,
    Records,
    StateFilter,
    Values,
    tool,
)


@tool("Update many accounts", UPDATE, app="bulk_review")
async def bulk_update_accounts(
    crm: Crm, progress: Progress, records: Records, dry_run: DryRun = False, background: Background = False
) -> Job:
    """Change up to 10,000 accounts in one call, each with its own values, and report every failure by record.

    A record with a bad value fails alone; a missing or duplicate id refuses the whole call. dry_run checks first.
    """
    return await crm.bulk.update("Accounts", records, dry_run=dry_run, background=background, progress=progress)


@tool("Create or update many accounts", UPDATE, app="bulk_review")
async def bulk_upsert_accounts(
    crm: Crm,
    progress: Progress,
    *,
    records: NewRecords,
    duplicate_check_fields: CheckFields,
    dry_run: DryRun = False,
    background: Background = False,
) -> Job:
    """Change the accounts that duplicate_check_fields find and create the others, up to 10,000 in one call.

    Repeating it creates no duplicates. dry_run says which would be created and which changed.
    """
    return await crm.bulk.upsert(
        "Accounts", records, duplicate_check_fields, dry_run=dry_run, background=background, progress=progress
    )


async def _change(crm: Services, given: Mapping[str, Any]) -> Preview | None:
    where = {name: given[name] for name in ("filters", "match", "criteria")}
    return None if given["dry_run"] else await crm.previews.change_where("Accounts", given["values"], **where)


@tool("Update all accounts that match", DESTROY, confirm=_change, app="bulk_review")
async def update_accounts_where(
    crm: Crm,
    progress: Progress,
    *,
    values: Values,
    filters: Filters = (),
    match: Match = "all",
    criteria: Criteria = "",
    dry_run: DryRun = True,
    background: Background = False,
) -> Job:
    """Set the same values in every account that matches filters or criteria. By default it only plans: see its changes.

    Then do it with run_job and the plan's job_id.
    """
    return await crm.bulk.update_where(
        "Accounts",
        values,
        filters=filters,
        match=match,
        criteria=criteria,
        dry_run=dry_run,
        background=background,
        progress=progress,
    )


async def _plan(crm: Services, given: Mapping[str, Any]) -> Preview | None:
    return await crm.previews.run(given["job_id"])


@tool("Run a planned job", DESTROY, confirm=_plan, app="bulk_review")
async def run_job(crm: Crm, progress: Progress, job_id: JobId, background: Background = False) -> Job:
    """Do what a dry run has planned, without the records being sent again."""
    return await crm.jobs.run(job_id, background=background, progress=progress)


@tool("Follow a job", READ, app="bulk_review")
async def get_job(crm: Crm, job_id: JobId) -> Job:
    """Tell how far a job is: state, counts, failures by record, and whether undo_job can take it back."""
    return await crm.jobs.get(job_id)


@tool("List jobs", READ)
async def list_jobs(crm: Crm, state: StateFilter = "", limit: JobLimit = 20) -> Jobs:
    """List jobs, newest first; get_job shows the failures of one."""
    return await crm.jobs.list(state, limit)


@tool("Cancel a job", UPDATE)
async def cancel_job(crm: Crm, job_id: JobId) -> Job:
    """Stop a job before its next 100 records. What is done stays done; resume_job goes on, undo_job takes it back."""
    return await crm.jobs.cancel(job_id)


async def _resumption(crm: Services, given: Mapping[str, Any]) -> Preview | None:
    return await crm.previews.resume(given["job_id"])


@tool("Resume a job", UPDATE, confirm=_resumption)
async def resume_job(crm: Crm, progress: Progress, job_id: JobId) -> Job:
    """Go on with a job that was cancelled or stopped. Nothing already done is done again."""
    return await crm.jobs.resume(job_id, progress=progress)


async def _undo(crm: Services, given: Mapping[str, Any]) -> Preview | None:
    return None if given["dry_run"] else await crm.previews.undo(given["job_id"])


@tool("Undo a job", DESTROY, confirm=_undo, app="bulk_review")
async def undo_job(crm: Crm, progress: Progress, job_id: JobId, dry_run: DryRun = False) -> Job:
    """Revert what a job changed, as a job of its own. What others have changed since is left alone and reported."""
    return await crm.jobs.undo(job_id, dry_run=dry_run, progress=progress)


@tool("Read many accounts", READ, app="data_quality")
async def bulk_read_accounts(
    crm: Crm,
    progress: Progress,
    *,
    filters: Filters = (),
    match: Match = "all",
    criteria: Criteria = "",
    fields: FieldNames = (),
    limit: MaxRecords = None,
) -> BulkRead:
    """Read every account that matches, or all, into an export: the answer has the count, a sample and its URI.

    Read the export page by page as a resource. For a page of accounts use get_accounts or search_accounts.
    """
    return await crm.exports.read(
        "Accounts", filters=filters, match=match, criteria=criteria, fields=fields, limit=limit, progress=progress
    )
