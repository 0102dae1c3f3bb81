"""Reads without end: a whole table becomes an export, and the answer holds its count, a sample and a summary."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from zohocrm_mcp.errors import UnavailableError
from zohocrm_mcp.jobs.exports import ExportStore
from zohocrm_mcp.jobs.journal import Draft
from zohocrm_mcp.models import BulkRead, ExportPage, FieldSummary, Job, Record
from zohocrm_mcp.services.bulk.jobs import JobService
from zohocrm_mcp.services.conditions.filters import Filter
from zohocrm_mcp.services.exports.reader import TableReader
from zohocrm_mcp.services.exports.reading import KIND, ReadTask, request_of
from zohocrm_mcp.services.exports.steps import Progress
from zohocrm_mcp.services.exports.tables import table_file
from zohocrm_mcp.services.records.pages import shortened
from zohocrm_mcp.services.search.asking import Request

SAMPLE = 5
URI = "crm://exports/"


class ExportService:
    """Works on any module."""

    def __init__(self, reader: TableReader, store: ExportStore, jobs: JobService, task: ReadTask) -> None:
        self._reader, self._store, self._jobs, self._task = reader, store, jobs, task

    async def read(
        self,
        module: str,
        *,
        filters: Sequence[Filter] = (),
        match: str = "all",
        criteria: str = "",
        fields: Sequence[str] = (),
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> BulkRead:
        """Read every record that meets the condition, all without one, into an export.

        A read that takes longer than a call may answers with its job ``running``.

        Raises:
            InvalidInputError: a name, an operator or a value is wrong.
            ZohoError: what stopped the read; no half export is left.
        """
        asked: Record = {
            "filters": [dict(one) for one in filters],
            "match": match,
            "criteria": criteria,
            "fields": list(fields),
            "limit": limit,
            "now": self._reader.now(),
        }
        wanted = await self._reader.wanted(module, request_of(asked), fields, limit=limit, now=float(str(asked["now"])))
        expected = await self._reader.count(wanted)
        export_id = await self._store.create(wanted.module, wanted.fields, wanted.plan.text)
        draft = Draft(KIND, wanted.module, [], {**asked, "export_id": export_id, "expected": expected})
        return await self._answer(await self._jobs.begin(draft, progress=progress), export_id, expected)

    async def page(self, reference: str) -> ExportPage:
        """Return a page by what stands behind ``crm://exports/``: the id of an export, for later pages ``id.page``.

        Raises:
            NotFoundError: there is no such export or page, or it is another connection's.
        """
        export_id, _, number = reference.partition(".")
        page = int(number) if number.isdecimal() and number.isascii() else 0 if number else 1
        found = await self._store.page(export_id, page)
        records = await self._reader.shown((await self._store.find(export_id)).module, found.records)
        return ExportPage(records=records, next=None if found.last else f"{URI}{export_id}.{page + 1}")

    async def delete(self, export_id: str) -> None:
        """Remove an export before it expires.

        Raises:
            NotFoundError: there is no such export, or it is another connection's.
        """
        await self._store.delete(export_id)

    async def to_file(
        self,
        module: str,
        path: Path,
        *,
        criteria: str = "",
        fields: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> int:
        """Write every record that meets the condition to a CSV or JSON-lines file and return their number.

        The file appears under its name when it is whole; until then whatever stood there stays. Without ``fields``:
        all that can be read in a table.

        Raises:
            InvalidInputError: a name is wrong, or the file's name ends otherwise.
            ZohoConfigError: the file cannot be written.
        """
        names = list(fields) or await self._reader.table_fields(module)
        request = Request(criteria=criteria)
        wanted = await self._reader.wanted(module, request, names, now=self._reader.now())
        expected = await self._reader.count(wanted)
        count = 0
        async with (
            table_file(path, wanted.fields) as file,
            aclosing(self._reader.batches(wanted, expected, _always)) as batches,
        ):
            async for batch in batches:
                await file.add(batch)
                count += len(batch)
                if progress:
                    await progress(count, max(count, expected))
        return count

    async def _answer(self, job: Job, export_id: str, expected: int) -> BulkRead:
        if job.state == "failed":
            raise self._task.failures.pop(export_id, None) or UnavailableError(f"The read was stopped: {job.trouble}")
        row = await self._store.find(export_id)
        whole = row.state == "complete"
        first = (await self._store.page(export_id, 1)).records if whole or row.record_count else []
        return BulkRead(
            count=row.record_count if whole else expected,
            sample=[shortened(record) for record in first[:SAMPLE]],
            export_uri=f"{URI}{export_id}",
            job_id=job.job_id,
            state=job.state,
            summary={name: FieldSummary(**facts) for name, facts in row.summary.items()},
        )


async def _always() -> bool:
    return True
