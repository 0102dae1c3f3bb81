"""Reading back what records hold: before-images, and what became of a write whose answer was lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.bulk.plan import CHUNK
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.zoho.api import CrmApi

FIELDS_A_CALL = 49
"""A list takes 50 fields (Zoho CRM v8 docs, get records); one place is kept for Modified_Time."""

CUT_TEXT = 500
"""Lists cut rich text to so many characters (same page); a text as long as that is read singly."""

STAMP = "Modified_Time"


async def read_records(api: CrmApi, module: str, ids: Sequence[str], fields: Iterable[str]) -> dict[str, Record]:
    """Return the records by id, with the fields that are set and Modified_Time. Ids that are gone are missing."""
    names = sorted(set(fields) - {STAMP, "id"})
    found: dict[str, Record] = {}
    for start in range(0, max(len(names), 1), FIELDS_A_CALL):
        asked = [*names[start : start + FIELDS_A_CALL], STAMP]
        answer = await api.list_records(module, asked, ids=",".join(ids), per_page=CHUNK)
        for record in answer.data:
            found.setdefault(str(record["id"]), {}).update(clean(record))
    for record in [record for record in found.values() if _may_be_cut(record)]:
        whole = await api.get_record(module, str(record["id"]), names)
        record.update(clean(whole.data[0]) if whole.data else {})
    return found


async def read_before(api: CrmApi, module: str, entries: Sequence[Entry]) -> None:
    """Give each entry its before-image: the fields it will change, null where they are empty."""
    found = await read_records(api, module, [entry.id for entry in entries], _fields(entries))
    for entry in entries:
        record = found.get(entry.id)
        if record is None:
            entry.fail("RECORD_NOT_FOUND", f"There is no record {entry.id} in {module}.")
        else:
            entry.before = {name: record.get(name) for name in entry.sent}


def _fields(entries: Sequence[Entry]) -> set[str]:
    return {name for entry in entries for name in entry.sent}


def _may_be_cut(record: Record) -> bool:
    return any(isinstance(value, str) and len(value) >= CUT_TEXT for value in record.values())
