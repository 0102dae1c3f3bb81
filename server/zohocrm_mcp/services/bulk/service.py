"""What a caller may ask of many records at once. Each change becomes a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import Draft
from zohocrm_mcp.models import Job, Record
from zohocrm_mcp.services.bulk import plan
from zohocrm_mcp.services.bulk.finding import ids_of
from zohocrm_mcp.services.bulk.jobs import JobService, Progress
from zohocrm_mcp.services.bulk.upsert import refuse_twins
from zohocrm_mcp.services.conditions.filters import Filter
from zohocrm_mcp.services.imports.load_file import loadable
from zohocrm_mcp.services.previews import BY_CONDITION
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.service import SearchService


class How(TypedDict, total=False):
    """``dry_run``: only look, and keep the job as planned. ``background``: answer at once, follow with get_job."""

    dry_run: bool
    background: bool
    progress: Progress | None


class BulkService:
    """``few``: upserts up to which chunks of 100 cost no more than a Bulk Write (500 credits); more go through one."""

    def __init__(self, schema: SchemaService, search: SearchService, jobs: JobService) -> None:
        self._schema, self._search, self._jobs = schema, search, jobs
        self.few = 5_000

    async def update(self, module: str, records: Sequence[Record], **how: Unpack[How]) -> Job:
        """Change records by id, each with its own values.

        Raises:
            InvalidInputError: empty, more than 10,000 records, a missing or doubled id. Nothing was sent.
        """
        plan.well_formed(records, with_ids=True)
        name = (await self._schema.module(module)).api_name
        entries = await plan.entries_for_update(self._schema, name, records)
        return await self._jobs.begin(Draft("update", name, plan.in_chunks(entries), {}), **how)

    async def upsert(
        self, module: str, records: Sequence[Record], duplicate_check_fields: Sequence[str], **how: Unpack[How]
    ) -> Job:
        """Create records, or change those that the duplicate-check fields find.

        Raises:
            InvalidInputError: empty, more than 10,000 records, or no field to check by. Nothing was sent.
        """
        plan.well_formed(records, with_ids=False)
        name = (await self._schema.module(module)).api_name
        checks = await plan.check_fields(self._schema, name, duplicate_check_fields)
        if not checks:
            raise InvalidInputError(
                "duplicate_check_fields is empty, so a repeat would create every record a second time.",
                hint=f"Name a field that tells records apart; describe_module marks those of {name}.",
                field="duplicate_check_fields",
            )
        entries = await plan.entries_for_upsert(self._schema, name, records)
        refuse_twins(entries, checks)
        request: Record = {"duplicate_check_fields": list(checks)}
        draft = Draft("upsert", name, plan.in_chunks(entries), request)
        if len(records) > self.few and len(checks) == 1 and all(map(loadable, entries)):
            load: Record = {"operation": "upsert", "find_by": checks[0], "complete": True}
            draft = Draft("load", name, [entries], {**request, **load})
        return await self._jobs.begin(draft, **how)

    async def update_where(
        self,
        module: str,
        values: Mapping[str, JsonValue],
        *,
        filters: Sequence[Filter] = (),
        match: str = "all",
        criteria: str = "",
        **how: Unpack[How],
    ) -> Job:
        """Set the same values in every record that meets a condition, as found now.

        Raises:
            InvalidInputError: no condition, a bad value, nothing or more than 10,000 records found. Nothing was sent.
        """
        name = (await self._schema.module(module)).api_name
        checked = await self._schema.check_values(name, values, creating=False)
        if not filters and not criteria:
            raise InvalidInputError(
                "There is no condition, so every record would be changed.",
                hint="Give filters or criteria; `id is not null` as criteria means all.",
                field="filters",
            )
        plan.refuse_nothing(checked)
        await plan.refuse_unseen(self._schema, name, checked)
        found = self._search.iterate(name, filters=filters, match=match, criteria=criteria, fields=["id"])
        ids = await ids_of(found, name)
        entries = [Entry(row, each, sent=dict(checked)) for row, each in enumerate(ids, 1)]
        request: Record = {
            BY_CONDITION: True,
            "criteria": criteria,
            "filters": [dict(each) for each in filters],
            "values": checked,
        }
        return await self._jobs.begin(Draft("update", name, plan.in_chunks(entries), request), **how)
