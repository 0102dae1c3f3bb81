"""A mirror of modules in PostgreSQL, kept current by jobs: for reports and joins that cost no API credits."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from zohocrm_mcp.jobs.journal import Draft
from zohocrm_mcp.jobs.mirror import MirrorStore
from zohocrm_mcp.models import Job
from zohocrm_mcp.services.bulk.jobs import JobService
from zohocrm_mcp.services.exports.steps import Progress
from zohocrm_mcp.services.mirror.syncing import KIND
from zohocrm_mcp.services.schema.service import SchemaService


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
        """Have a module synced every so many seconds from now on; None ends that. Returns its name."""
        name = (await self._schema.module(module)).api_name
        await self._store.schedule(name, seconds)
        return name

    def ended(self, name: str) -> AsyncGenerator[Job]:
        """Yield every sync of a module that ends from now on, in whatever process."""
        return self._jobs.ended(KIND, name)
