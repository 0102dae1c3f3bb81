"""What the rows of a large file change: the records before it, and when those were created that it created.

So an import through Bulk Write can be previewed and undone like any other change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import anyio

from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.bulk.denying import Denials
from zohocrm_mcp.services.bulk.patience import Patience
from zohocrm_mcp.services.bulk.plan import in_chunks
from zohocrm_mcp.services.bulk.reading import STAMP, read_records
from zohocrm_mcp.services.bulk.runner import Kind
from zohocrm_mcp.zoho.api import CrmApi

AT_ONCE = 4

Part = Sequence[Entry]


class Images:
    """Reads by the hundred, side by side. ``kinds``: by operation, how what exists is found; new records have none."""

    def __init__(self, api: CrmApi, kinds: dict[str, Kind], patience: Patience, denials: Denials) -> None:
        self._api, self._kinds, self._patience, self._denials = api, kinds, patience, denials

    async def before(self, job: JobRow, entries: Sequence[Entry]) -> None:
        """Give each entry its before-image; one whose record is gone fails, and one that may not be written."""
        await self._denials.refuse(job.module, entries)
        entries = [entry for entry in entries if entry.state == "pending"]
        if kind := self._kinds.get(str(job.request["operation"])):
            await self._each(entries, partial(kind.prepare, job))

    async def created(self, job: JobRow, entries: Sequence[Entry]) -> None:
        """Give the entries that were created the time of that, so that an undo sees what has changed since."""
        fresh = [entry for entry in entries if entry.action == "insert" and entry.state == "succeeded"]
        await self._each(fresh, partial(self._stamp, job.module))

    async def _stamp(self, module: str, part: Part) -> None:
        found: dict[str, Record] = await read_records(self._api, module, [entry.id for entry in part], [])
        for entry in part:
            entry.after = {**entry.sent, STAMP: found.get(entry.id, {}).get(STAMP)}

    async def _each(self, entries: Sequence[Entry], do: Callable[[Part], Awaitable[None]]) -> None:
        free = anyio.Semaphore(AT_ONCE)

        async def one(part: Part) -> None:
            async with free:
                await self._patience.with_(lambda: do(part))

        async with anyio.create_task_group() as group:
            for part in in_chunks(entries):
                group.start_soon(one, part)
