"""From what was asked to entries of a journal: a malformed call is refused whole, a bad record fails alone."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.errors import InvalidInputError, ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.schema.service import SchemaService

CHUNK = 100
"""Records a write call takes (Zoho CRM v8 docs, update records)."""

MAX_RECORDS = 10_000
"""Records a tool call takes; files of more go through import."""


def in_chunks(entries: Sequence[Entry]) -> list[list[Entry]]:
    return [list(entries[start : start + CHUNK]) for start in range(0, len(entries), CHUNK)]


def well_formed(records: Sequence[Record], *, with_ids: bool) -> None:
    """Look at a call as a whole.

    Raises:
        InvalidInputError: empty, too long, or (``with_ids``) a record without an id or with another one's.
    """
    if not 0 < len(records) <= MAX_RECORDS:
        raise InvalidInputError(
            f"records holds {len(records)} records; 1 to {MAX_RECORDS:,} can be changed in one call.",
            hint="Split the list, or use update_accounts_where.",
            field="records",
        )
    seen: set[str] = set()
    for row, record in enumerate(records, 1):
        if not with_ids:
            continue
        found = str(record.get("id") or "")
        if not (found.isascii() and found.isdigit()):
            raise InvalidInputError(f"Record {row} has no id of digits.", hint="Give each record its id.", field="id")
        if found in seen:
            raise InvalidInputError(f"Record {found} stands twice in records.", hint="Merge the two.", field="id")
        seen.add(found)


async def entries_for_update(schema: SchemaService, module: str, records: Sequence[Record]) -> list[Entry]:
    """Check the values of each record; a record with a bad one is failed, with field and reason."""
    entries = [Entry(row, str(record["id"])) for row, record in enumerate(records, 1)]
    return await _checked(schema, module, entries, records, creating=False)


async def entries_for_upsert(schema: SchemaService, module: str, records: Sequence[Record]) -> list[Entry]:
    """The same for records that may be new: they have no id, and mandatory fields must be there."""
    entries = [Entry(row, action="upsert") for row, _ in enumerate(records, 1)]
    return await _checked(schema, module, entries, records, creating=True)


async def _checked(
    schema: SchemaService, module: str, entries: list[Entry], records: Sequence[Record], *, creating: bool
) -> list[Entry]:
    values = [{key: value for key, value in record.items() if key != "id"} for record in records]
    checked = await schema.check_many(module, values, creating=creating)
    for entry, outcome in zip(entries, checked, strict=True):
        if isinstance(outcome, InvalidInputError):
            fail(entry, outcome)
        elif not outcome:
            entry.fail("MANDATORY_NOT_FOUND", "The record holds no field to change.")
        else:
            entry.sent = outcome
    return entries


def fail(entry: Entry, error: ZohoError) -> None:
    """Give an entry the error that it failed with."""
    name = error.details.get("field")
    entry.fail(str(error.details.get("code") or error.kind), error.message, str(name) if name else None)
