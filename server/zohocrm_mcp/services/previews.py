"""What a person reads before something is deleted or changed by condition."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from zohocrm_mcp.jobs.ending import READING
from zohocrm_mcp.jobs.store import JobStore
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.bulk.finding import ids_of
from zohocrm_mcp.services.bulk.plan import refuse_nothing, refuse_unseen
from zohocrm_mcp.services.conditions.filters import Filter
from zohocrm_mcp.services.confirmations import Preview
from zohocrm_mcp.services.quoting import quoted, told
from zohocrm_mcp.services.records.service import RecordService
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.service import SearchService

BY_CONDITION = "by_condition"
"""Key in the request of a job that was planned by a condition."""
CREATE_NOTHING = READING | {"update", "undo"}
"""Kinds of jobs whose undo has nothing to delete."""


class PreviewService:
    def __init__(self, schema: SchemaService, records: RecordService, search: SearchService, store: JobStore) -> None:
        self._schema, self._records, self._search, self._store = schema, records, search, store

    async def deletion(self, module: str, record_id: str) -> Preview:
        """Name the record that would be deleted.

        Raises:
            NotFoundError: there is none.
        """
        meta = await self._schema.catalogue.metadata(module)
        names = [meta.name_field.api_name] if meta.name_field else ["id"]
        name = (await self._records.look(module, record_id, names)).get(names[0])
        what = f"{quoted(name)} ({record_id})" if meta.name_field and name else record_id
        return Preview(f"Delete {what} from {meta.module}? It goes to the recycle bin.")

    async def change_where(
        self, module: str, values: Record, *, filters: Sequence[Filter], match: str, criteria: str
    ) -> Preview:
        """Say how many records a condition finds now.

        Raises:
            InvalidInputError: what is wrong with the condition or the values; nobody is asked about those.
        """
        checked = await self._schema.check_values(module, values, creating=False)
        refuse_nothing(checked)
        await refuse_unseen(self._schema, module, checked)
        found = self._search.iterate(module, filters=filters, match=match, criteria=criteria, fields=["id"])
        ids = await ids_of(found, module)
        return Preview(f"Set {told(checked)} in {len(ids)} records of {module}?", _fingerprint(ids))

    async def run(self, job_id: str) -> Preview | None:
        """Ask for plans that change by condition or delete; a plan of records named one by one needs no question."""
        row = await self._store.find(job_id)
        if row.request.get(BY_CONDITION):
            (values,) = await self._schema.catalogue.shown(row.module, [row.request["values"]])
            return Preview(f"Set {told(values)} in {row.pending} records of {row.module}, as planned?")
        return await self._deletions(job_id) if row.kind == "undo" else None

    async def resume(self, job_id: str) -> Preview | None:
        """Ask for a job that was stopped before it began, as for its plan: nobody may have agreed to it yet."""
        row = await self._store.find(job_id)
        return await self.run(job_id) if row.started_at is None else None

    async def undo(self, job_id: str) -> Preview | None:
        """Ask when the undo would delete records that the job has created."""
        row = await self._store.find(job_id)
        done = [] if row.kind in CREATE_NOTHING else await self._store.entries(row.job_id, "succeeded")
        created = sum(1 for entry in done if entry.action == "insert")
        return Preview(f"Delete {created} records of {row.module} that the job created?") if created else None

    async def _deletions(self, job_id: str) -> Preview | None:
        row = await self._store.find(job_id)
        count = sum(1 for entry in await self._store.entries(row.job_id, "pending") if entry.action == "delete")
        return Preview(f"Delete {count} records of {row.module} that a job created?") if count else None


def _fingerprint(ids: Sequence[str]) -> str:
    return hashlib.sha256(",".join(sorted(ids)).encode()).hexdigest()
