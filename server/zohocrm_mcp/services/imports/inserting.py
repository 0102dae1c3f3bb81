"""New records by the hundred. One whose answer was lost cannot be told from one that somebody else has made."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.errors import UnknownOutcomeError, ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.services.bulk.kinds import LEFT
from zohocrm_mcp.services.bulk.pictures import Pictures
from zohocrm_mcp.services.bulk.plan import fail
from zohocrm_mcp.services.bulk.sending import ChunkSender, accept, on_its_way
from zohocrm_mcp.zoho.api import CrmApi


class InsertKind:
    """Creates records; nothing is there before them. Sends none again that may have been created."""

    def __init__(self, api: CrmApi, sender: ChunkSender, pictures: Pictures) -> None:
        self._api, self._sender, self._pictures = api, sender, pictures

    async def prepare(self, job: JobRow, entries: Sequence[Entry]) -> None:
        """There is no before-image."""

    async def send(self, job: JobRow, entries: Sequence[Entry]) -> None:
        await self._sender.repeat(entries, lambda waiting: self._once(job, waiting))
        await self._pictures.take(job.module, entries)

    async def settle(self, job: JobRow, entries: Sequence[Entry]) -> None:  # noqa: ARG002 -- all kinds are asked so
        for entry in entries:
            fail(entry, LEFT)

    async def _once(self, job: JobRow, waiting: Sequence[Entry]) -> ZohoError | None:
        try:
            with on_its_way(waiting):
                accept(waiting, await self._api.create(job.module, [entry.sent for entry in waiting]))
        except UnknownOutcomeError as error:
            for entry in waiting:
                fail(entry, error)
        return None
