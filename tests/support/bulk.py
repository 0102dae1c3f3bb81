"""Bulk changes over the real gateway, the simulator and a database: one process of the product, without its face."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.jobs.store import JobStore
from zohocrm_mcp.jobs.worker import QueueWorker
from zohocrm_mcp.models import Job
from zohocrm_mcp.services.bulk.background import Background
from zohocrm_mcp.services.bulk.denying import Denials
from zohocrm_mcp.services.bulk.jobs import JobService
from zohocrm_mcp.services.bulk.kinds import UpdateKind
from zohocrm_mcp.services.bulk.patience import Patience, Sleep
from zohocrm_mcp.services.bulk.pictures import Pictures
from zohocrm_mcp.services.bulk.removing import UndoAnyKind
from zohocrm_mcp.services.bulk.runner import JobRunner, Kind
from zohocrm_mcp.services.bulk.sending import ChunkSender
from zohocrm_mcp.services.bulk.service import BulkService
from zohocrm_mcp.services.bulk.upsert import UpsertKind
from zohocrm_mcp.services.records.cursors import Cursors
from zohocrm_mcp.services.records.pages import Pager
from zohocrm_mcp.services.records.service import RecordService
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.service import SearchService
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import open_gateway


@dataclass
class Hands:
    """One process's parts."""

    api: CrmApi
    records: RecordService
    bulk: BulkService
    jobs: JobService
    store: JobStore
    background: Background
    worker: QueueWorker

    def take_up(self) -> None:
        """Have this process do what is queued, and what others have left, until it closes."""
        self.background.start(lambda: self.worker.attend("default", self._perform))

    async def _perform(self, _connection: str, job_id: str) -> None:
        await self.jobs.perform(job_id)

    async def values(self, ids: list[str], field: str) -> list[object]:
        answer = await self.api.list_records("Accounts", [field], ids=",".join(ids))
        found = {str(record["id"]): record[field] for record in answer.data}
        return [found.get(each) for each in ids]

    async def tags(self, record_id: str) -> list[Any]:
        (record,) = (await self.api.get_record("Accounts", record_id, ["Tag"])).data
        found: Any = record["Tag"]
        return list(found)


async def _at_once(_seconds: float) -> None:
    await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def hands(
    settings: Settings,
    *,
    concurrency: int = 4,
    sleep: Sleep = _at_once,
    throttled_most: float = 900.0,
    connection: str = "default",
) -> AsyncIterator[Hands]:
    database = database_of(settings)
    opened = await anyio.to_thread.run_sync(open_gateway, settings, database, connection)
    api, background = CrmApi(opened.gateway), Background()
    patience, store = Patience(throttled_most=throttled_most, sleep=sleep), JobStore(database, connection)
    sender, schema = ChunkSender(api, patience), SchemaService(api, fields_deny=settings.fields_deny)
    kinds: dict[str, Kind] = {
        "update": UpdateKind(api, sender),
        "upsert": UpsertKind(api, sender, Pictures(api, schema)),
        "undo": UndoAnyKind(api, sender),
    }
    denials = Denials(schema)
    runner = JobRunner(store, kinds, patience, denials, concurrency=concurrency)
    jobs = JobService(store, runner, background, denials, call_seconds=settings.call_seconds)
    try:
        pager = Pager(Cursors([b"0" * 32]))
        bulk = BulkService(schema, SearchService(api, schema, pager), jobs)
        yield Hands(api, RecordService(api, schema, pager), bulk, jobs, store, background, QueueWorker(database))
    finally:
        await background.close()
        opened.close()
        database.close()


async def ended(here: Hands, job_id: str) -> Job:
    """Wait for a job that somebody works on."""
    with anyio.fail_after(120):
        while (job := await here.jobs.get(job_id)).state in {"queued", "running"}:  # noqa: ASYNC110 -- maybe of another process
            await anyio.sleep(0.05)
    return job


async def some_ids(api: CrmApi, count: int) -> list[str]:
    answer = await api.list_records("Accounts", ["Account_Name"], per_page=count)
    return [str(record["id"]) for record in answer.data]
