"""The parts of whole-table work, put together: what a process needs to run its jobs, and to start them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.jobs.exports import ExportStore
from zohocrm_mcp.jobs.mirror import MirrorStore
from zohocrm_mcp.jobs.tasks import TaskStore
from zohocrm_mcp.services.bulk.denying import Denials
from zohocrm_mcp.services.bulk.jobs import JobService
from zohocrm_mcp.services.bulk.kinds import UpdateKind
from zohocrm_mcp.services.bulk.patience import Patience
from zohocrm_mcp.services.bulk.pictures import Pictures
from zohocrm_mcp.services.bulk.runner import Kind, Task
from zohocrm_mcp.services.bulk.sending import ChunkSender
from zohocrm_mcp.services.bulk.upsert import UpsertKind
from zohocrm_mcp.services.exports import reading
from zohocrm_mcp.services.exports.bulk_read import BulkReader, Sleep
from zohocrm_mcp.services.exports.reader import TableReader
from zohocrm_mcp.services.exports.service import ExportService
from zohocrm_mcp.services.imports import loading
from zohocrm_mcp.services.imports.images import Images
from zohocrm_mcp.services.imports.service import ImportService
from zohocrm_mcp.services.mirror import syncing
from zohocrm_mcp.services.mirror.service import MirrorService
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.bulk import BulkApi
from zohocrm_mcp.zoho.files import FileTransfer, open_file_client
from zohocrm_mcp.zoho.opening import Opened


@dataclass(frozen=True)
class Whole:
    """``tasks`` go into the runner of jobs; the services are made when there is a job service. ``close`` at the end."""

    schema: SchemaService
    store: TaskStore
    exports: ExportStore
    mirror: MirrorStore
    reader: TableReader
    read: reading.ReadTask
    tasks: dict[str, Task]
    close: Callable[[], Awaitable[None]]

    def export_service(self, jobs: JobService) -> ExportService:
        return ExportService(self.reader, self.exports, jobs, self.read)

    def import_service(self, jobs: JobService) -> ImportService:
        return ImportService(self.schema, self.store, jobs)

    def mirror_service(self, jobs: JobService) -> MirrorService:
        return MirrorService(self.schema, self.mirror, jobs)


def build_whole(
    settings: Settings,
    database: Database,
    opened: Opened,
    api: CrmApi,
    schema: SchemaService,
    *,
    sleep: Sleep = anyio.sleep,
) -> Whole:
    """Return the parts over one connection; nothing is called yet."""
    row = opened.row
    client = open_file_client(settings)
    files = FileTransfer(client, opened.keeper, opened.finder, row.connection, (row.api_url, row.upload_url))
    bulk = BulkApi(opened.gateway, files, api_url=row.api_url, upload_url=row.upload_url)
    store, exports = TaskStore(database, row.connection), ExportStore(database, row.connection)
    mirror = MirrorStore(database, row.connection)
    reader = TableReader(api, BulkReader(bulk, sleep), schema)
    read = reading.ReadTask(reader, exports, store)
    patience = Patience(sleep=sleep)
    sender = ChunkSender(api, patience)
    kinds: dict[str, Kind] = {
        "update": UpdateKind(api, sender),
        "upsert": UpsertKind(api, sender, Pictures(api, schema)),
    }
    images = Images(api, kinds, patience, Denials(schema))
    tasks: dict[str, Task] = {
        reading.KIND: read,
        loading.KIND: loading.LoadTask(api, bulk, store, images, sleep),
        syncing.KIND: syncing.SyncTask(api, schema, reader, mirror, store),
    }
    return Whole(schema, store, exports, mirror, reader, read, tasks, client.aclose)
