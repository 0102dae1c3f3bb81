"""The task behind a read: from Zoho into an export, page by page."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pydantic_core
from cachetools import LRUCache

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.jobs.exports import PAGE, ExportStore
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.jobs.tasks import TaskStore
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.exports.reader import TableReader
from zohocrm_mcp.services.exports.steps import Progress, Steps
from zohocrm_mcp.services.exports.summary import Summary
from zohocrm_mcp.services.exports.wanted import Wanted
from zohocrm_mcp.services.search.asking import Request

KIND = "read"
REMEMBERED = 32


class ReadTask:
    """Taken up again, a read starts from the beginning: what an earlier run has stored is thrown away.

    ``failures`` holds by export what stopped the last few, for those who wait for them.
    """

    def __init__(self, reader: TableReader, exports: ExportStore, store: TaskStore) -> None:
        self._reader, self._exports, self._store = reader, exports, store
        self.failures: LRUCache[str, ZohoError] = LRUCache(maxsize=REMEMBERED)

    async def preview(self, job: JobRow) -> None:
        """There is nothing to plan."""

    async def work(self, job: JobRow, run: int, progress: Progress | None) -> None:
        asked, steps = job.request, Steps(self._store, job, run, progress)
        wanted = await self._reader.wanted(
            job.module, request_of(asked), asked["fields"], limit=asked["limit"], now=asked["now"]
        )
        export = _Export(self._exports, str(asked["export_id"]), run, wanted)
        await self._exports.start(export.id, run)
        try:
            whole = await self._copy(wanted, int(asked["expected"]), export, steps)
        except ZohoError as error:
            self.failures[export.id] = error
            await self._throw_away(export.id, steps)
            raise
        if not whole:
            await self._throw_away(export.id, steps)

    async def _throw_away(self, export_id: str, steps: Steps) -> None:
        """Nothing of a read that ended early counts as done."""
        await self._exports.fail(export_id, steps.run)
        await steps.at(0, max(steps.total, 1))

    async def _copy(self, wanted: Wanted, expected: int, export: _Export, steps: Steps) -> bool:
        if not await steps.at(0, expected):
            return False
        async with aclosing(self._reader.batches(wanted, expected, steps.go_on)) as batches:
            async for batch in batches:
                await export.add(batch)
                if not await steps.at(export.count, max(expected, export.count)):
                    return False
        if not await steps.go_on():
            return False
        await export.complete()
        return await steps.at(export.count, export.count)


class _Export:
    """Fills pages to the brim whatever the size of the batches."""

    def __init__(self, store: ExportStore, export_id: str, run: int, wanted: Wanted) -> None:
        self._store, self.id, self._run = store, export_id, run
        self._summary = Summary(wanted.fields, wanted.known)
        self._waiting: list[Record] = []
        self._page = 1
        self.count = 0

    async def add(self, batch: list[Record]) -> None:
        self.count += len(batch)
        self._summary.add(batch)
        self._waiting += batch
        full = len(self._waiting) // PAGE * PAGE
        if full:
            ready, self._waiting = self._waiting[:full], self._waiting[full:]
            self._page = await self._store.add(self.id, self._run, self._page, ready)

    async def complete(self) -> None:
        if self._waiting:
            await self._store.add(self.id, self._run, self._page, self._waiting)
        summary: dict[str, Any] = pydantic_core.to_jsonable_python(self._summary.result())
        await self._store.complete(self.id, self._run, summary)


def request_of(asked: Record) -> Request:
    """Return the condition as it stands in a job's request."""
    return Request(filters=asked["filters"], match=str(asked["match"]), criteria=str(asked["criteria"]))  # type: ignore[arg-type]
