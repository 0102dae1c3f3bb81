"""Zoho's Bulk Read: jobs of 200,000 records, each a zipped CSV, read row by row with flat memory."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from itertools import chain, islice, repeat
from typing import BinaryIO

import anyio
import anyio.to_thread

from zohocrm_mcp.errors import UnavailableError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.exports.columns import Columns, Table
from zohocrm_mcp.services.exports.spool import spool
from zohocrm_mcp.zoho.bulk import BulkApi

BATCH = 4_000
MOST_PAGES = 50
"""Pages that can be asked for by number; a token leads on (Zoho CRM v8 docs, Bulk Read)."""

LONGEST_CELL = 2**24
PAUSES = (0.0, 0.2, 0.3, 0.5, 0.5, 1.0, 1.0, 1.5, 2.0, 3.0)
"""Seconds before each look at a job; the last goes on for ever."""

Sleep = Callable[[float], Awaitable[None]]
GoOn = Callable[[], Awaitable[bool]]
"""Asked while there is nothing to do but wait; False ends the work."""


async def looks(go_on: GoOn, sleep: Sleep) -> AsyncIterator[None]:
    """Yield each time it is worth looking whether Zoho has finished a job, until ``go_on`` says no."""
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        await sleep(pause)
        if not await go_on():
            return
        yield


class BulkReader:
    def __init__(self, bulk: BulkApi, sleep: Sleep = anyio.sleep) -> None:
        self._bulk, self._sleep = bulk, sleep

    async def batches(self, query: Record, table: Table, go_on: GoOn) -> AsyncGenerator[list[Record], None]:
        """Yield the records that a query (module, criteria) finds, with the fields of ``table``, until told to stop.

        Raises:
            InvalidInputError: Zoho does not take the query.
            UnavailableError: a job failed, or its file stayed damaged.
        """
        place: Record | None = {"page": 1}
        with spool() as file:
            while place:
                job_id = await self._bulk.create_read({**query, "fields": table.asked, **place})
                result = await self._finished(job_id, go_on)
                if not result or not result.get("count"):
                    return
                await self._bulk.read_result(job_id, file)
                async for batch in _records(file, table, int(str(result["count"]))):
                    yield batch
                place = _following(result, place)

    async def _finished(self, job_id: str, go_on: GoOn) -> Record | None:
        async for _ in looks(go_on, self._sleep):
            job = await self._bulk.read_job(job_id)
            state, result = job.get("state"), job.get("result")
            result = result if isinstance(result, dict) else {}
            if state == "COMPLETED":
                return result
            if state in {"FAILURE", "FAILED"}:
                why = result.get("error_message") or "it gives no reason"
                raise UnavailableError(f"Zoho's Bulk Read job {job_id} failed: {why}.", hint="Read again.")
        return None


def _following(result: Record, place: Record) -> Record | None:
    """Return where to go on: by token where there is one, so that records that go meanwhile move no other ones."""
    if not result.get("more_records"):
        return None
    if token := result.get("next_page_token"):
        return {"page_token": token}
    page = int(str(place.get("page", MOST_PAGES)))
    if page < MOST_PAGES:
        return {"page": page + 1}
    raise UnavailableError(
        f"Zoho has more records than {MOST_PAGES} pages of a Bulk Read and gives no token for the next one.",
        hint="Narrow the condition and read in parts.",
    )


async def _records(file: BinaryIO, table: Table, count: int) -> AsyncGenerator[list[Record], None]:
    rows = await anyio.to_thread.run_sync(_Rows, file, table)
    while batch := await anyio.to_thread.run_sync(rows.take):
        count -= len(batch)
        yield batch
    if count:
        raise UnavailableError("The file that Zoho made holds another number of records than its job says.")


class _Rows:
    """The one CSV in a zip."""

    def __init__(self, file: BinaryIO, table: Table) -> None:
        csv.field_size_limit(LONGEST_CELL)
        archive = zipfile.ZipFile(file)
        members = archive.namelist()
        if len(members) != 1:
            raise UnavailableError(f"The file that Zoho made holds {len(members)} files, not one.")
        text = io.TextIOWrapper(archive.open(members[0]), encoding="utf-8-sig", newline="")
        self._reader = csv.reader(text)
        self._columns = Columns(next(self._reader, []), table)

    def take(self) -> list[Record]:
        return [self._columns.record(row) for row in islice(self._reader, BATCH)]
