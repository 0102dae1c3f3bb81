"""The task behind the mirror: everything once, then what has changed and what was deleted since the checkpoint.

All times are Zoho's: the checkpoint is the Modified_Time of the newest record that is here, never this machine's clock.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from zohocrm_mcp.errors import ConflictError, InvalidInputError
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.jobs.mirror import MirrorState, MirrorStore
from zohocrm_mcp.jobs.schedules import SYNC
from zohocrm_mcp.jobs.tasks import TaskStore
from zohocrm_mcp.models import Call, Record
from zohocrm_mcp.services.bulk.reading import STAMP
from zohocrm_mcp.services.conditions import coql
from zohocrm_mcp.services.exports.reader import TableReader
from zohocrm_mcp.services.exports.steps import Progress, Steps
from zohocrm_mcp.services.exports.wanted import bare
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.services.schema.dates import wire
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.asking import Request
from zohocrm_mcp.zoho.api import CrmApi, api_name

KIND = SYNC
OVERLAP = timedelta(minutes=5)
"""How far a sync goes back behind the checkpoint: changes of the same moment may become visible late."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PAGE = 200


class SyncTask:
    """Taken up again, a sync goes on from its checkpoint; a full one that has not ended begins again."""

    def __init__(
        self, api: CrmApi, schema: SchemaService, reader: TableReader, mirror: MirrorStore, store: TaskStore
    ) -> None:
        self._api, self._schema, self._reader, self._mirror, self._store = api, schema, reader, mirror, store

    async def preview(self, job: JobRow) -> None:
        """There is nothing to plan."""

    async def work(self, job: JobRow, run: int, progress: Progress | None) -> None:
        try:
            await self._work(job, Steps(self._store, job, run, progress))
        except InvalidInputError:  # a field that is gone since: the next sync is to know
            self._schema.refresh(job.module)
            raise

    async def _work(self, job: JobRow, steps: Steps) -> None:
        async with self._mirror.held(job.module) as mine:
            if not mine:
                raise ConflictError(f"{job.module} is being synced already.", hint="list_jobs shows the job.")
            fields = await self._fields(job.module)
            state = await self._mirror.state(job.module)
            if job.request.get("full") or not _current(state, fields):
                going = await self._full(job.module, fields, steps)
            else:
                going = await steps.at(0, 0)
            if going and await self._changes(job.module, fields, steps) and await self._deletions(job.module, steps):
                await steps.at(steps.done, steps.done)

    async def _fields(self, module: str) -> list[str]:
        return sorted({*await self._reader.table_fields(module), STAMP})

    async def _full(self, module: str, fields: Sequence[str], steps: Steps) -> bool:
        """Read everything. What changes meanwhile is younger than the checkpoint, and is read again after it."""
        until = await self._newest(module)
        began = await self._mirror.start_full(module, fields)
        wanted = await self._reader.wanted(module, Request(), fields, now=self._reader.now())
        wanted = replace(wanted, names=False)
        expected = await self._reader.count(wanted)
        if not await steps.at(0, expected):
            return False
        async with aclosing(self._reader.batches(wanted, expected, steps.go_on)) as batches:
            async for batch in batches:
                await self._mirror.put(module, batch)
                if not await steps.at(steps.done + len(batch), max(expected, steps.done + len(batch) + 1)):
                    return False
        if not await steps.go_on():
            return False
        await self._mirror.end_full(module, began, until)
        return True

    async def _newest(self, module: str) -> datetime:
        query = f"select {STAMP} from {module} where id is not null order by {STAMP} desc limit 1"  # noqa: S608 -- an API name
        rows = (await self._api.coql(query)).data
        return datetime.fromisoformat(str(rows[0][STAMP])) if rows else LONG_AGO

    async def _changes(self, module: str, fields: Sequence[str], steps: Steps) -> bool:
        state = await self._mirror.state(module)
        assert state is not None
        assert state.changed_until is not None
        async with aclosing(self._changed(module, fields, state.changed_until - OVERLAP)) as pages:
            async for records in pages:
                until = max(state.changed_until, datetime.fromisoformat(str(records[-1][STAMP])))
                news = await self._mirror.put(module, records, until)
                if not await steps.at(steps.done + news, steps.done + news + 1):
                    return False
        return True

    async def _changed(self, module: str, fields: Sequence[str], since: datetime) -> AsyncGenerator[list[Record], None]:
        """Yield what was changed since then, the oldest change first; a record that changes meanwhile comes again."""
        columns, where = ", ".join(["id", *fields]), f"{STAMP} >= {coql.quote(wire(since))}"
        order = f"order by {STAMP} asc, id asc limit {coql.MOST_RECORDS}"
        known, more = await self._schema.fields(module), True
        while more:
            answer = await self._api.coql(f"select {columns} from {module} where {where} {order}")  # noqa: S608 -- API names, quoted values
            if not answer.data:
                return
            records = [self._schema.visible(module, clean(row)) for row in answer.data]
            bare(records, known)
            yield records
            stamp, last = coql.quote(str(answer.data[-1][STAMP])), coql.quote(str(answer.data[-1]["id"]))
            where = f"{STAMP} > {stamp} or ({STAMP} = {stamp} and id > {last})"
            more = bool(answer.info.get("more_records"))

    async def _deletions(self, module: str, steps: Steps) -> bool:
        state = await self._mirror.state(module)
        assert state is not None
        known = state.deleted_until or LONG_AGO
        since, newest, page, more = known - OVERLAP, known, 1, True
        while more:
            answer = await self._api.gateway.call(_deleted_since(module, since, page))
            deleted = {str(row["id"]): datetime.fromisoformat(str(row["deleted_time"])) for row in answer.data}
            newest = max([newest, *deleted.values()])
            gone = await self._mirror.remove(module, deleted)
            if not await steps.at(steps.done + gone, steps.done + gone + 1):
                return False
            page, more = page + 1, bool(answer.info.get("more_records"))
        # only now: the feed comes newest first, and a sync that stops in between has the rest still to read
        await self._mirror.deletions_until(module, newest)
        return True


def _current(state: MirrorState | None, fields: Sequence[str]) -> bool:
    return state is not None and state.changed_until is not None and sorted(state.fields) == list(fields)


def _deleted_since(module: str, since: datetime, page: int) -> Call:
    """Ids are told for 60 days from the recycle bin and for 120 days of what left it (Zoho CRM v8 docs)."""
    params = {"type": "all", "page": str(page), "per_page": str(PAGE)}
    path = f"/crm/v8/{api_name(module)}/deleted"
    return Call("GET", path, params, headers={"If-Modified-Since": wire(since)})
