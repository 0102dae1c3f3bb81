"""A mirror of modules in PostgreSQL, kept current by jobs: for reports and joins that cost no API credits."""

from __future__ import annotations

import anyio
import structlog

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.jobs.journal import Draft
from zohocrm_mcp.jobs.mirror import MirrorStore
from zohocrm_mcp.models import Job
from zohocrm_mcp.services.bulk.jobs import JobService
from zohocrm_mcp.services.schema import SchemaService
from zohocrm_mcp.services.whole.steps import Progress
from zohocrm_mcp.services.whole.syncing import KIND

LOOK_SECONDS = 5.0

log = structlog.get_logger(__name__)


class MirrorService:
    """Works on any module. The table is ``mirror``, the view for reports ``mirror_records``."""

    def __init__(self, schema: SchemaService, store: MirrorStore, jobs: JobService) -> None:
        self._schema, self._store, self._jobs = schema, store, jobs

    async def sync(self, module: str, *, full: bool = False, progress: Progress | None = None) -> Job:
        """Bring the mirror of a module up to date: what was changed and deleted, at first or when ``full`` everything.

        Raises:
            InvalidInputError: there is no such module.
        """
        name = (await self._schema.module(module)).api_name
        return await self._jobs.begin(Draft(KIND, name, [], {"full": full}), progress=progress)

    async def schedule(self, module: str, seconds: float | None) -> str:
        """Have a module synced every so many seconds by whoever asks ``sync_due``; None ends that. Returns its name."""
        name = (await self._schema.module(module)).api_name
        await self._store.schedule(name, seconds)
        return name

    async def sync_due(self, module: str = "", *, progress: Progress | None = None) -> list[Job]:
        """Sync the modules whose time has come, each by one of all processes that ask; a failure ends no schedule."""
        jobs = []
        for name in await self._store.due(module):
            try:
                jobs.append(await self.sync(name, progress=progress))
            except ZohoError as error:
                log.warning("sync.failed", module=name, reason=error.message)
        return jobs

    async def attend(self) -> None:
        """Keep syncing what is due, until cancelled: for workers, as many as there are."""
        while True:
            try:
                await self.sync_due()
            except ZohoError as error:
                log.warning("sync.not_asked", reason=error.message)
            await anyio.sleep(LOOK_SECONDS)

    async def seconds_left(self, module: str) -> float | None:
        """Return how long it is until a module is due; None: it has no schedule."""
        return await self._store.seconds_left(module)
