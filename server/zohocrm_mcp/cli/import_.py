"""``import``: a CSV file into a module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zohocrm_mcp.cli._prepared import AsJson, Connection, show, tell
from zohocrm_mcp.cli._whole import bar, run
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.errors import InvalidInputError

if TYPE_CHECKING:
    from zohocrm_mcp.models import Job
    from zohocrm_mcp.services import Services
    from zohocrm_mcp.services.imports.service import Imported


EXAMPLES = (
    "zohocrm-mcp import Accounts accounts.csv --dry-run",
    'zohocrm-mcp import Accounts leads.csv --map "Company=Account_Name,Notes=" --find-by Account_Name',
)


STOPPED = (
    "Stopped. What was written stays; `zohocrm-mcp call list_jobs` shows the job if it had begun, and "
    """`zohocrm-mcp call resume_job '{"job_id": "…"}'` goes on with it."""
)


def import_(
    module: Annotated[str, typer.Argument(help="API name or label, e.g. Accounts.")],
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8; its first line names fields.")],
    *,
    columns: Annotated[str, typer.Option("--map", help='"Column=Field,…"; "Column=" leaves a column out.')] = "",
    operation: Annotated[str, typer.Option(help="insert, update or upsert; left out: what the columns say.")] = "",
    find_by: Annotated[str, typer.Option(help="For upserts: the field that tells whether a record exists.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check; nothing is written.")] = False,
    connection: Connection = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Write the rows of a CSV file; a bad row is reported by its line and stops no other. Exit code 1 if there was one.

    With an id column rows are updates, with --find-by upserts, else new records. Empty cells change nothing.
    """
    given = pairs(columns)

    async def work(services: Services) -> Imported:
        with bar(f"Writing {module}") as progress:
            return await services.imports.load(
                module,
                file,
                columns=given,
                operation=operation,
                find_by=find_by,
                dry_run=dry_run,
                progress=progress,
            )

    try:
        done = run(connection, work)
    except typer.Exit:
        tell(STOPPED)
        raise
    for line in done.lines:
        tell(line)
    show(done.job.model_dump(exclude_none=True), _sentence(done.job), as_json=as_json)
    if done.job.failed or (done.job.pending and not dry_run):
        raise typer.Exit(1)


def pairs(text: str) -> dict[str, str]:
    """Return ``Column=Field,…`` as a mapping.

    Raises:
        InvalidInputError: a part holds no ``=``.
    """
    parts = [part for part in text.split(",") if part.strip()]
    for part in parts:
        if "=" not in part:
            raise InvalidInputError(f"--map holds {part.strip()!r}.", hint='Write --map "Column=Field,…".', field="map")
    return {column.strip(): field.strip() for column, _, field in (part.partition("=") for part in parts)}


def _sentence(job: Job) -> str:
    if job.dry_run:
        good = job.total - job.failed
        return f"{good} of {job.total} rows could be written, {job.failed} not. Nothing was sent (job {job.job_id})."
    said = f"{job.succeeded} of {job.total} rows were written, {job.failed + job.skipped} not (job {job.job_id})."
    return f"{said} {job.trouble}" if job.trouble else said
