"""Settings to services, for a script: no queue is attended, no page has a budget, every text is whole."""

from __future__ import annotations

import math
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import anyio.to_thread

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db import owner
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.jobs.store import JobStore
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.python.logs import logs_through_the_standard_library
from zohocrm_mcp.services.building import Whole, build_whole
from zohocrm_mcp.services.bulk import patience as job_patience
from zohocrm_mcp.services.bulk.background import Background
from zohocrm_mcp.services.bulk.denying import Denials
from zohocrm_mcp.services.bulk.jobs import JobService
from zohocrm_mcp.services.bulk.kinds import UpdateKind
from zohocrm_mcp.services.bulk.runner import JobRunner, Kind
from zohocrm_mcp.services.bulk.sending import ChunkSender
from zohocrm_mcp.services.bulk.service import BulkService
from zohocrm_mcp.services.exports.reader import TableReader
from zohocrm_mcp.services.records.cursors import Cursors
from zohocrm_mcp.services.records.pages import Pager
from zohocrm_mcp.services.records.service import RecordService
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.service import SearchService
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.gateway import Patience
from zohocrm_mcp.zoho.opening import CONCURRENCY, Opened, open_gateway


@dataclass(frozen=True)
class Parts:
    """What the calls of a client are made of."""

    schema: SchemaService
    records: RecordService
    search: SearchService
    bulk: BulkService
    jobs: JobService
    journal: JobStore
    reader: TableReader
    audit: Audit


@asynccontextmanager
async def opened(settings: Settings, patience: Patience) -> AsyncIterator[Parts]:
    """Open database, migrations and SDK session, lend the services over them, and close everything again.

    Raises:
        ZohoError: what keeps them from opening.
    """
    logs_through_the_standard_library()
    async with AsyncExitStack() as stack:
        database = database_of(settings)
        stack.push_async_callback(anyio.to_thread.run_sync, database.close)
        gateway = await anyio.to_thread.run_sync(_open, settings, database, patience)
        stack.push_async_callback(anyio.to_thread.run_sync, gateway.close)
        api = CrmApi(gateway.gateway)
        schema = SchemaService(api, fields_deny=settings.fields_deny)
        whole = build_whole(settings, database, gateway, api, schema)
        stack.push_async_callback(whole.close)
        background = Background()
        stack.push_async_callback(background.close)
        yield _parts(settings, api, whole, background, Audit(database))


def _open(settings: Settings, database: Database, patience: Patience) -> Opened:
    owner.bring_up(settings, database)
    return open_gateway(settings, database, DEFAULT, patience=patience)


def _parts(settings: Settings, api: CrmApi, whole: Whole, background: Background, audit: Audit) -> Parts:
    cursors = Cursors([secrets.token_bytes(32)])  # they do not leave this process
    pager = Pager(cursors, budget=sys.maxsize, longest_text=sys.maxsize)
    search = SearchService(api, whole.schema, pager)
    jobs = _jobs(settings, api, whole, background)
    return Parts(
        schema=whole.schema,
        records=RecordService(api, whole.schema, pager),
        search=search,
        bulk=BulkService(whole.schema, search, jobs),
        jobs=jobs,
        journal=whole.store,
        reader=whole.reader,
        audit=audit,
    )


def _jobs(settings: Settings, api: CrmApi, whole: Whole, background: Background) -> JobService:
    patience = job_patience.Patience()
    kinds: dict[str, Kind] = {"update": UpdateKind(api, ChunkSender(api, patience))}
    concurrency, denials = settings.max_concurrency or CONCURRENCY, Denials(whole.schema)
    runner = JobRunner(whole.store, kinds, patience, denials, concurrency=concurrency)
    return JobService(whole.store, runner, background, denials, call_seconds=math.inf)
