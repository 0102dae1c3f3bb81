"""Files into a module: small ones by the hundred, large ones through Bulk Write; every row ends in the journal."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import anyio.to_thread

from zohocrm_mcp.errors import InvalidInputError, ZohoConfigError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import Draft
from zohocrm_mcp.jobs.tasks import TaskStore
from zohocrm_mcp.models import Job, Record
from zohocrm_mcp.services.bulk.jobs import JobService
from zohocrm_mcp.services.bulk.plan import check_fields, in_chunks
from zohocrm_mcp.services.bulk.report import SHOWN_FAILURES
from zohocrm_mcp.services.exports.steps import Progress
from zohocrm_mcp.services.imports.csv_rows import Row, lines_of, rows_of
from zohocrm_mcp.services.imports.file_entries import Meaning, entries_of
from zohocrm_mcp.services.imports.header import fields_of
from zohocrm_mcp.services.imports.load_file import loadable
from zohocrm_mcp.services.imports.loading import KIND
from zohocrm_mcp.services.names import listed
from zohocrm_mcp.services.schema.service import SchemaService

FEW = 5_000
"""Rows up to which chunks of 100 cost no more than the 500 credits of a Bulk Write (Zoho CRM v8 docs, API limits)."""

ROWS, CHARACTERS = 25_000, 20_000_000
"""What a file of a Bulk Write may hold: rows, and with a margin the 25 MB that its zip may weigh (same docs)."""

OPERATIONS = ("insert", "update", "upsert")


@dataclass(frozen=True)
class Imported:
    """The job, and a sentence for each of its first bad rows: ``line 17: …``."""

    job: Job
    lines: list[str]


class ImportService:
    """``few``: rows up to which a file goes by the hundred."""

    def __init__(self, schema: SchemaService, store: TaskStore, jobs: JobService) -> None:
        self._schema, self._store, self._jobs = schema, store, jobs
        self.few = FEW

    async def load(
        self,
        module: str,
        path: Path,
        *,
        columns: Mapping[str, str] | None = None,
        operation: str = "",
        find_by: str = "",
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Imported:
        """Write the rows of a CSV file, each or none of its values; a bad row is reported by its line.

        Args:
            module: API name or label.
            path: UTF-8, with a header of API names or labels.
            columns: by column, the field it fills where its name does not say so; an empty one is not read.
            operation: insert, update or upsert; left out: update with an id column, upsert with ``find_by``, or insert.
            find_by: the field that tells whether a record exists, for upserts.
            dry_run: only check, and keep the job as planned.
            progress: is told how many rows are done.

        Raises:
            InvalidInputError: the header, the encoding or the operation is wrong. Nothing was sent.
            ZohoConfigError: the file cannot be read.
        """
        try:
            with await anyio.to_thread.run_sync(lambda: path.open("rb")) as file:
                rows = rows_of(lines_of(file))
                meaning = await self._meaning(module, next(rows).cells, columns or {}, operation, find_by)
                draft = Draft("", meaning.module, [], _request(meaning))
                few = await anyio.to_thread.run_sync(lambda: list(islice(rows, self.few + 1)))
                if not few:
                    raise _wrong("The file has no rows below its header", "Nothing was sent.")
                if len(few) <= self.few:
                    chunks = in_chunks([entry async for batch in self._entries(meaning, iter(few)) for entry in batch])
                    draft = replace(draft, kind=meaning.operation, chunks=chunks)
                    return await self._told(await self._jobs.begin(draft, dry_run=dry_run, progress=progress))
                job_id = await self._write_down(replace(draft, kind=KIND), meaning, chain(few, rows), dry_run=dry_run)
        except OSError as error:
            raise ZohoConfigError(f"{path} cannot be read: {error.strerror}.", hint="Name a CSV file.") from error
        job = await self._jobs.preview(job_id) if dry_run else await self._jobs.run(job_id, progress=progress)
        return await self._told(job)

    async def _told(self, job: Job) -> Imported:
        found = await self._store.entries(uuid.UUID(job.job_id), "failed", SHOWN_FAILURES) if job.failed else []
        return Imported(job, [f"line {entry.row}: {entry.message} ({entry.code})" for entry in found])

    async def _meaning(
        self, module: str, header: Sequence[str], columns: Mapping[str, str], operation: str, find_by: str
    ) -> Meaning:
        name = (await self._schema.module(module)).api_name
        fields = await fields_of(self._schema, name, header, columns)
        chosen = operation or ("update" if "id" in fields else "upsert" if find_by else "insert")
        found_by = await self._found_by(name, fields, chosen, find_by)
        return Meaning(name, fields, chosen, found_by, await self._schema.fields(name))

    async def _found_by(self, module: str, fields: Sequence[str | None], operation: str, find_by: str) -> str:
        if operation not in OPERATIONS:
            raise _wrong(f"operation is {operation!r}", f"Use {listed(OPERATIONS)}.")
        if ("id" in fields) != (operation == "update"):
            told = "has no id column" if operation == "update" else "has an id column"
            raise _wrong(f"The file {told}, and the operation is {operation}", "Ids are for updates alone.")
        if operation != "upsert":
            return {"update": "id", "insert": ""}[operation]
        found = (await check_fields(self._schema, module, [find_by]))[0] if find_by else await self._usual(module)
        if found not in fields:
            raise _wrong(f"No column of the file is {found}, which records are to be found by", "Name it by --find-by.")
        return found

    async def _usual(self, module: str) -> str:
        usual = (await self._schema.describe(module)).duplicate_check
        if not usual:
            raise _wrong(f"{module} has no field that is known to tell its records apart", "Name one by --find-by.")
        return usual[0]

    def _entries(self, meaning: Meaning, rows: Iterator[Row]) -> AsyncGenerator[list[Entry], None]:
        return entries_of(self._schema, meaning, rows)

    async def _write_down(self, draft: Draft, meaning: Meaning, rows: Iterator[Row], *, dry_run: bool) -> str:
        """Write a large file into the journal, a few thousand rows in memory; it cannot be run before it is whole."""
        job_id = await self._store.open_planned(draft)
        number, waiting = 0, list[Entry]()
        async with aclosing(self._entries(meaning, rows)) as batches:
            async for batch in batches:
                _refuse_clearing(batch)
                files = _files([*waiting, *batch])
                waiting = files.pop()
                number = await self._store.append(job_id, number, files)
        await self._store.append(job_id, number, [waiting])
        await self._store.close_planned(job_id, dry_run=dry_run)
        return job_id


def _request(meaning: Meaning) -> Record:
    found_by = meaning.find_by
    return {"operation": meaning.operation, "find_by": found_by, "duplicate_check_fields": [found_by]}


def _refuse_clearing(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.state == "pending" and not loadable(entry):
            entry.fail(
                "NOT_SUPPORTED", f"Zoho's Bulk Write clears no field; use a file of at most {FEW:,} rows for that."
            )


def _files(entries: list[Entry]) -> list[list[Entry]]:
    """Split into files of at most so many rows and characters; the last one may still grow."""
    files: list[list[Entry]] = [[]]
    size = 0
    for entry in entries:
        long = sum(len(str(value)) for value in entry.sent.values())
        if len(files[-1]) == ROWS or (files[-1] and size + long > CHARACTERS):
            files.append([])
            size = 0
        files[-1].append(entry)
        size += long
    return files


def _wrong(what: str, hint: str) -> InvalidInputError:
    return InvalidInputError(f"{what}.", hint=hint, field="file")
