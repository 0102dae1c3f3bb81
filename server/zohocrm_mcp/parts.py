"""Settings to services: the parts behind the tools, built when the first call wants them."""

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio
import anyio.to_thread

from zohocrm_mcp.attendance import BREATH
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.db import owner
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.jobs.spent import SpentTokens
from zohocrm_mcp.lifecycle import Close
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.building import Whole, build_whole
from zohocrm_mcp.services.bulk.background import Background
from zohocrm_mcp.services.bulk.denying import Denials
from zohocrm_mcp.services.bulk.jobs import JobService
from zohocrm_mcp.services.bulk.kinds import UpdateKind
from zohocrm_mcp.services.bulk.patience import Patience
from zohocrm_mcp.services.bulk.pictures import Pictures
from zohocrm_mcp.services.bulk.removing import UndoAnyKind
from zohocrm_mcp.services.bulk.runner import JobRunner, Kind
from zohocrm_mcp.services.bulk.sending import ChunkSender
from zohocrm_mcp.services.bulk.service import BulkService
from zohocrm_mcp.services.bulk.upsert import UpsertKind
from zohocrm_mcp.services.confirmations import Confirmations
from zohocrm_mcp.services.coql.service import QueryService
from zohocrm_mcp.services.health.readiness import Readiness
from zohocrm_mcp.services.health.service import HealthService
from zohocrm_mcp.services.imports.inserting import InsertKind
from zohocrm_mcp.services.previews import PreviewService
from zohocrm_mcp.services.records.cursors import Cursors
from zohocrm_mcp.services.records.kept import KeptRecords
from zohocrm_mcp.services.records.overview import OverviewService
from zohocrm_mcp.services.records.pages import Pager
from zohocrm_mcp.services.records.related import RelatedService
from zohocrm_mcp.services.records.service import RecordService
from zohocrm_mcp.services.rest import RestService
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.service import SearchService
from zohocrm_mcp.shared import Shared
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import CONCURRENCY, Opened, open_gateway


async def open_parts(
    settings: Settings, connection: str = DEFAULT, shared: Shared | None = None, *, attend: bool = True
) -> tuple[Services, Close]:
    """Open database, migrations and SDK session, and build the services over them.

    What is ``shared`` with other connections is left open at the end; without it, it is this one's own.
    With ``attend`` the connection's queued jobs are done as well.

    Raises:
        ZohoError: what keeps them from opening; everything opened before it is closed again.
    """
    async with AsyncExitStack() as stack:
        common = shared or Shared(settings)
        if shared is None:
            stack.push_async_callback(anyio.to_thread.run_sync, common.close)
        database = common.database()
        opened = await anyio.to_thread.run_sync(_open, settings, common, connection)
        stack.push_async_callback(anyio.to_thread.run_sync, opened.close)
        api = CrmApi(opened.gateway)
        schema = SchemaService(api, fields_deny=settings.fields_deny)
        whole = build_whole(settings, database, opened, api, schema)
        stack.push_async_callback(whole.close)
        background = Background()
        stack.push_async_callback(background.close)
        services = _services(settings, database, opened, background, whole)
        background.start(lambda: common.notices().attend(services.jobs.heard))
        if attend:
            background.start(lambda: _attend(common, opened.row.connection, services.jobs))
        return services, stack.pop_all().aclose
    raise AssertionError("not reached")


async def _attend(shared: Shared, connection: str, jobs: JobService) -> None:
    async def perform(_: str, job_id: str) -> None:
        await jobs.perform(job_id)

    await shared.worker().attend(connection, perform, after=BREATH)


def _open(settings: Settings, shared: Shared, connection: str) -> Opened:
    owner.bring_up(settings, shared.database())
    return open_gateway(settings, shared.database(), connection, limits=shared.limits())


def _services(settings: Settings, database: Database, opened: Opened, background: Background, whole: Whole) -> Services:
    api, schema, connection = CrmApi(opened.gateway), whole.schema, opened.row.connection
    pager = Pager(Cursors(opened.ring.keys, connection))
    search = SearchService(api, schema, pager)
    jobs = _jobs(settings, api, whole, background)
    kept = KeptRecords(settings.record_cache_seconds)
    opened.gateway.on_write.append(kept.forget)
    jobs.listeners.append(kept.job_moved)
    records, related = RecordService(api, schema, pager, kept), RelatedService(api, schema, pager)
    return Services(
        api=api,
        schema=schema,
        records=records,
        search=search,
        query=QueryService(api, schema, pager),
        related=related,
        overview=OverviewService(records, related),
        previews=PreviewService(schema, records, search, whole.store),
        confirmations=Confirmations(opened.ring.keys, connection, SpentTokens(database).spend),
        rest=RestService(opened.gateway, schema.catalogue, read_only=settings.read_only),
        bulk=BulkService(schema, search, jobs),
        jobs=jobs,
        exports=whole.export_service(jobs),
        imports=whole.import_service(jobs),
        mirror=whole.mirror_service(jobs),
        health=HealthService(settings, database, connection, opened),
        readiness=Readiness(database, connection),
        audit=Audit(database),
    )


def _jobs(settings: Settings, api: CrmApi, whole: Whole, background: Background) -> JobService:
    patience = Patience()
    sender, pictures = ChunkSender(api, patience), Pictures(api, whole.schema)
    kinds: dict[str, Kind] = {
        "update": UpdateKind(api, sender),
        "upsert": UpsertKind(api, sender, pictures),
        "undo": UndoAnyKind(api, sender),
        "insert": InsertKind(api, sender, pictures),
    }
    concurrency, denials = settings.max_concurrency or CONCURRENCY, Denials(whole.schema)
    runner = JobRunner(whole.store, kinds, patience, denials, concurrency=concurrency, tasks=whole.tasks)
    return JobService(whole.store, runner, background, denials, call_seconds=settings.call_seconds)
