"""The task behind a large import: files of 25,000 rows through Zoho's Bulk Write, each row's outcome in the journal.

What must survive a crash is noted before and after each order: a file that was not ordered is sent again, one that was
is waited for, and one that may have been is sent again only where that cannot make a record twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import anyio.to_thread

from zohocrm_mcp.errors import ConflictError, InvalidInputError, UnavailableError, UnknownOutcomeError
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.jobs.tasks import TaskStore
from zohocrm_mcp.services.exports.bulk_read import Sleep, looks
from zohocrm_mcp.services.exports.spool import spool
from zohocrm_mcp.services.exports.steps import Progress
from zohocrm_mcp.services.imports import load_file
from zohocrm_mcp.services.imports.images import Images
from zohocrm_mcp.services.imports.load_order import ORDERING, LoadedFile, order_of, without_result
from zohocrm_mcp.services.schema.catalogue import rows_of
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.bulk import BulkApi

KIND = "load"
MOST_ORDERS = 2


class LoadTask:
    def __init__(
        self, api: CrmApi, bulk: BulkApi, store: TaskStore, images: Images, sleep: Sleep = anyio.sleep
    ) -> None:
        self._api, self._bulk, self._store, self._images, self._sleep = api, bulk, store, images, sleep

    async def preview(self, job: JobRow) -> None:
        for number in await self._store.open_numbers(job.job_id):
            chunk = await self._store.chunk(job.job_id, number)
            await self._images.before(job, [entry for entry in chunk.entries if entry.state == "pending"])
            await self._store.settle(job.job_id, job.run, number, chunk.entries)

    async def work(self, job: JobRow, run: int, progress: Progress | None) -> None:
        if not job.request.get("complete"):
            raise ConflictError("The file of this import was not read to its end.", hint="Import it again.")
        for number in await self._store.open_numbers(job.job_id):
            chunk = await self._store.chunk(job.job_id, number)
            file = LoadedFile(job, run, number, chunk.entries, str(job.request.get(f"file {number}", "")))
            if not file.ordered:
                await self._images.before(job, file.pending)
            if not await self._store.claim(job.job_id, run, number, file.entries):
                return
            try:
                await self._settle(file)
            finally:
                kept = await self._store.settle(job.job_id, run, number, file.entries)
            if not kept:
                return
            if progress:
                row = await self._store.find(str(job.job_id))
                await progress(row.total - row.pending, row.total)

    async def _settle(self, file: LoadedFile) -> None:
        """Give every row of a file its outcome; only what may pass later is raised, and leaves rows pending."""
        sent = file.pending
        if not sent:
            return
        columns = load_file.columns_of(file.pending, file.job.request["find_by"])
        if file.ordered == ORDERING and file.job.request["operation"] == "insert":
            file.fail(UnknownOutcomeError("The process ended while it ordered the Bulk Write; it may have run."))
            return
        if file.ordered in {"", ORDERING} and not await self._order(file, columns):
            return
        result = await self._finished(file)
        if result is not None:
            await self._read(file, columns, result)
            await self._images.created(file.job, sent)

    async def _order(self, file: LoadedFile, columns: Sequence[str]) -> bool:
        """Send the rows and order the job. False: the rows have their outcome already."""
        try:
            file_id = await self._upload(file, columns)
            for left in reversed(range(MOST_ORDERS)):
                await self._note(file, ORDERING)
                try:
                    ordered = await self._bulk.create_write(*order_of(file, columns, file_id))
                except UnknownOutcomeError:
                    if left and file.job.request["operation"] != "insert":
                        continue
                    raise
                await self._note(file, ordered)
                return True
        except (InvalidInputError, UnknownOutcomeError) as error:
            file.fail(error)
        except UnavailableError:
            await self._note(file, "")
            raise
        return False

    async def _upload(self, file: LoadedFile, columns: Sequence[str]) -> str:
        orgs = rows_of(await self._api.org(), "org")
        with spool() as target:
            await anyio.to_thread.run_sync(load_file.write_zip, file.pending, columns, target)
            return await self._bulk.upload(f"{file.job.job_id}.zip", target, str(orgs[0]["zgid"]) if orgs else "")

    async def _finished(self, file: LoadedFile) -> str | None:
        """Wait for Zoho's job and return the address of its result; None when the rows have their outcome without it.

        Zoho cannot be told to stop a job, so one that was ordered is waited for even when the import is cancelled.
        """
        async for _ in looks(_always, self._sleep):
            job = await self._bulk.write_job(file.ordered)
            status = str(job.get("status"))
            result = job.get("result")
            address = str(result.get("download_url") or "") if isinstance(result, dict) else ""
            if status in {"COMPLETED", "FAILED", "FAILURE"} and address:
                return address
            if status in {"COMPLETED", "FAILED", "FAILURE"}:
                file.fail(without_result(file, job, status))
                return None
        raise AssertionError("looked for ever")

    async def _read(self, file: LoadedFile, columns: Sequence[str], address: str) -> None:
        with spool() as target:
            try:
                await self._bulk.write_result(address, target)
            except UnavailableError as error:
                if not error.details.get("damaged"):
                    raise
                file.fail(UnknownOutcomeError(f"Zoho's job {file.ordered} has run, and its result stays unreadable."))
                return
            await anyio.to_thread.run_sync(load_file.read_outcomes, target, file.pending, columns)

    async def _note(self, file: LoadedFile, ordered: str) -> None:
        file.ordered = ordered
        if not await self._store.note(file.job.job_id, file.run, file.key, ordered):
            raise ConflictError("Another process has taken this import up.")


async def _always() -> bool:
    return True
