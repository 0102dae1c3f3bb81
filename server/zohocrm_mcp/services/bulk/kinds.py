"""The kinds of jobs: what each reads before it writes, and how it writes."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.errors import UnknownOutcomeError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.services.bulk.reading import read_before, read_records
from zohocrm_mcp.services.bulk.sending import ChunkSender
from zohocrm_mcp.services.records.comparing import same
from zohocrm_mcp.zoho.api import CrmApi

LEFT = UnknownOutcomeError("The change was sent and the process ended before Zoho's answer was written down.")


class UpdateKind:
    """Sets values in records that exist."""

    def __init__(self, api: CrmApi, sender: ChunkSender) -> None:
        self._api, self._sender = api, sender

    async def prepare(self, job: JobRow, entries: Sequence[Entry]) -> None:
        await read_before(self._api, job.module, entries)

    async def send(self, job: JobRow, entries: Sequence[Entry]) -> None:
        await self._sender.send(job.module, entries)

    async def settle(self, job: JobRow, entries: Sequence[Entry]) -> None:
        await self._sender.settle(job.module, entries, LEFT)


class UndoKind(UpdateKind):
    """Sets back what a job has changed, except in records that somebody has changed since in one of those fields."""

    async def prepare(self, job: JobRow, entries: Sequence[Entry]) -> None:
        wanted = {name for entry in entries for name in entry.sent}
        found = await read_records(self._api, job.module, [entry.id for entry in entries], wanted)
        for entry in entries:
            now = found.get(entry.id)
            if now is None:
                entry.skip("RECORD_NOT_FOUND", f"The record {entry.id} is gone since.")
                continue
            entry.before = {name: now.get(name) for name in entry.sent}
            _judge(entry)


def _judge(entry: Entry) -> None:
    """Skip an entry whose fields hold neither what we wrote nor what they held before."""
    ours, now = entry.ours or {}, entry.before or {}
    if all(same(now.get(name), value) for name, value in entry.sent.items()):
        entry.succeed(entry.sent)
        return
    for name, old in entry.sent.items():
        if not same(now.get(name), ours.get(name)) and not same(now.get(name), old):
            told = f"{name} was {old!r}, the job wrote {ours.get(name)!r}, and it is {now.get(name)!r} now"
            entry.skip("CHANGED_SINCE", f"Left alone: {told}.", name)
            return
