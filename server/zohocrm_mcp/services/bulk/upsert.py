"""Upserts: what exists is found by its duplicate-check fields before anything is sent.

So each record has a before-image like any other, an insert is known as one and can be undone, and a write whose answer
was lost is found again instead of being made twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from zohocrm_mcp.errors import UnknownOutcomeError, ZohoAuthError, ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.bulk.kinds import LEFT
from zohocrm_mcp.services.bulk.pictures import Pictures
from zohocrm_mcp.services.bulk.reading import STAMP
from zohocrm_mcp.services.bulk.sending import ChunkSender, accept, after_of, on_its_way
from zohocrm_mcp.services.conditions import coql
from zohocrm_mcp.services.records.comparing import same
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.zoho.api import CrmApi


def refuse_twins(entries: Sequence[Entry], checks: Sequence[str]) -> None:
    """Fail records that would be the same record as an earlier one of the call, and those with nothing to check by."""
    seen: dict[tuple[str, str], int] = {}
    for entry in (entry for entry in entries if entry.state == "pending"):
        keys = [(name, folded(entry.sent[name])) for name in checks if entry.sent.get(name) not in {None, ""}]
        if not keys:
            entry.fail("MANDATORY_NOT_FOUND", f"The record has no value in {' or '.join(checks)} to find it by.")
        twin = next((seen[key] for key in keys if key in seen), None)
        if twin is not None:
            entry.fail("DUPLICATE_DATA", f"Row {twin} of the same call has the same value.", keys[0][0])
        for key in keys:
            seen.setdefault(key, entry.row)


class UpsertKind:
    """Creates records or changes those that exist. The job's request holds ``duplicate_check_fields``."""

    def __init__(self, api: CrmApi, sender: ChunkSender, pictures: Pictures) -> None:
        self._api, self._sender, self._pictures = api, sender, pictures

    async def prepare(self, job: JobRow, entries: Sequence[Entry]) -> None:
        found = await self._existing(job, entries)
        for entry in entries:
            records = found.get(entry.row, [])
            if len(records) > 1:
                entry.fail("DUPLICATE_DATA", f"{len(records)} records are found: it is not known which one is meant.")
                continue
            record = records[0] if records else None
            entry.id = str(record["id"]) if record else ""
            entry.action = "update" if record else "insert"
            entry.before = {name: record.get(name) for name in entry.sent} if record else None

    async def send(self, job: JobRow, entries: Sequence[Entry]) -> None:
        await self._sender.repeat(entries, lambda waiting: self._once(job, waiting))
        await self._pictures.take(job.module, entries)

    async def settle(self, job: JobRow, entries: Sequence[Entry]) -> None:
        """Find what was made. What is not there, or holds what it held before, is sent (again)."""
        await self._settle(job, entries, LEFT)

    async def _once(self, job: JobRow, waiting: Sequence[Entry]) -> ZohoError | None:
        try:
            with on_its_way(waiting):
                accept(waiting, await self._api.upsert(job.module, [entry.sent for entry in waiting], _checks(job)))
        except UnknownOutcomeError as error:
            await self._settle(job, waiting, error)
            return error
        return None

    async def _settle(self, job: JobRow, entries: Sequence[Entry], trouble: UnknownOutcomeError) -> None:
        try:
            found = await self._sender.patience.with_(lambda: self._existing(job, entries))
        except ZohoAuthError:
            raise
        except ZohoError:
            for entry in entries:
                entry.fail(trouble.kind, trouble.message)
            return
        for entry in entries:
            entry.in_doubt = False
            record = next(iter(found.get(entry.row, [])), None)
            if record and all(same(record.get(name), value) for name, value in entry.sent.items()):
                entry.id = str(record["id"])
                entry.succeed(after_of(entry, record))
            elif record and not _as_before(entry, record):
                entry.id = str(record["id"])
                entry.fail(trouble.kind, trouble.message)

    async def _existing(self, job: JobRow, entries: Sequence[Entry]) -> dict[int, list[Record]]:
        """Return the records that each row may mean, the oldest first: by the first check field that finds any."""
        names = sorted({name for entry in entries for name in entry.sent} | {STAMP})
        found: dict[int, list[Record]] = {}
        for check in _checks(job):
            asked = [entry for entry in entries if entry.row not in found and entry.sent.get(check) not in {None, ""}]
            by_value = await self._by_value(job.module, names, check, asked)
            found |= {e.row: by_value[key] for e in asked if (key := folded(e.sent[check])) in by_value}
        return found

    async def _by_value(self, module: str, names: list[str], check: str, asked: list[Entry]) -> dict[str, list[Record]]:
        columns = ", ".join(sorted({*names, check}))
        found: defaultdict[str, dict[str, Record]] = defaultdict(dict)  # a record may meet several conditions
        for where in _conditions(check, [entry.sent[check] for entry in asked]):
            query = f"select {columns} from {module} where {where} order by id asc limit {coql.MOST_RECORDS}"  # noqa: S608 -- names are checked, values quoted
            answer = await self._api.coql(query)
            for record in map(clean, answer.data):
                found[folded(record.get(check))][str(record["id"])] = record
        return {value: list(records.values()) for value, records in found.items()}


def _conditions(check: str, values: Sequence[object]) -> Iterator[str]:
    numbers = [str(value) for value in values if isinstance(value, int | float)]
    if numbers:
        yield f"{check} in ({', '.join(numbers)})"
    yield from coql.finding(check, [str(value) for value in values if not isinstance(value, int | float)])


def folded(value: object) -> str:
    """Return a value as duplicates are compared: without case and outer spaces, 5.0 like 5."""
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    return str(number).strip().casefold()


def _checks(job: JobRow) -> list[str]:
    return [str(name) for name in job.request["duplicate_check_fields"]]


def _as_before(entry: Entry, record: Record) -> bool:
    return entry.before is not None and all(same(record.get(name), entry.before.get(name)) for name in entry.sent)
