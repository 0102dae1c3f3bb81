"""Taking back what a job has created: only records that nobody has touched since."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.errors import UnknownOutcomeError, ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.services.bulk.kinds import UndoKind
from zohocrm_mcp.services.bulk.patience import Patience
from zohocrm_mcp.services.bulk.reading import STAMP, read_records
from zohocrm_mcp.services.records.comparing import same
from zohocrm_mcp.services.records.outcomes import outcomes
from zohocrm_mcp.zoho.api import CrmApi

DELETE = "delete"


async def look(api: CrmApi, module: str, entries: Sequence[Entry]) -> None:
    """Skip the records that were changed since they were created; gone ones are done."""
    written = {name for entry in entries for name in entry.ours or {}}
    found = await read_records(api, module, [entry.id for entry in entries], written)
    for entry in entries:
        now = found.get(entry.id)
        if now is None:
            entry.succeed({})
        elif not all(same(now.get(name), value) for name, value in (entry.ours or {}).items()):
            entry.skip("CHANGED_SINCE", f"Left alone: the record was changed at {now.get(STAMP)}, after its creation.")


async def remove(api: CrmApi, module: str, waiting: Sequence[Entry], patience: Patience) -> ZohoError | None:
    """Move records to the recycle bin. One that was not taken and is not there any more is done as well."""
    ids = [entry.id for entry in waiting]
    trouble: ZohoError | None = None
    try:
        answer = await api.delete_many(module, ids)
        for entry, outcome in zip(waiting, outcomes(answer, [entry.sent for entry in waiting]), strict=True):
            if outcome.ok:
                entry.succeed({})
            else:
                entry.fail(outcome.code, outcome.message, outcome.field)
    except UnknownOutcomeError as error:
        trouble = error
    if any(entry.state != "succeeded" for entry in waiting):
        left = await patience.with_(lambda: read_records(api, module, ids, []))
        for entry in waiting:
            if entry.id not in left:
                entry.succeed({})
    return trouble


class UndoAnyKind(UndoKind):
    """Undo of changes and of creations, side by side in one job."""

    async def prepare(self, job: JobRow, entries: Sequence[Entry]) -> None:
        created = [entry for entry in entries if entry.action == DELETE]
        changed = [entry for entry in entries if entry.action != DELETE]
        if created:
            await look(self._api, job.module, created)
        if changed:
            await super().prepare(job, changed)

    async def send(self, job: JobRow, entries: Sequence[Entry]) -> None:
        created = [entry for entry in entries if entry.action == DELETE]
        if created:
            patience = self._sender.patience
            await self._sender.repeat(created, lambda waiting: remove(self._api, job.module, waiting, patience))
        await super().send(job, [entry for entry in entries if entry.action != DELETE])

    async def settle(self, job: JobRow, entries: Sequence[Entry]) -> None:
        created = [entry for entry in entries if entry.action == DELETE]
        if created:
            await look(self._api, job.module, created)
        changed = [entry for entry in entries if entry.action != DELETE]
        if changed:
            await super().settle(job, changed)
