"""The rows of a file as entries of a journal: a row that is broken or holds a bad value fails alone, with its line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import anyio.to_thread
from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.models import FieldInfo, Record
from zohocrm_mcp.services.bulk.plan import fail
from zohocrm_mcp.services.bulk.upsert import folded
from zohocrm_mcp.services.exports.columns import JOIN
from zohocrm_mcp.services.imports.csv_rows import Row
from zohocrm_mcp.services.schema.service import SchemaService

AT_ONCE = 1_000
"""Rows that are checked together, so that lookups are found with few calls."""


@dataclass(frozen=True)
class Meaning:
    """What is to be done with the rows. ``columns`` are API names, None for what is not read.

    ``find_by`` finds the record of a row: ``id`` for updates, a field for upserts, empty for inserts.
    """

    module: str
    columns: Sequence[str | None]
    operation: str
    find_by: str
    known: dict[str, FieldInfo]

    def record(self, row: Row) -> Record:
        """Return the values of a row; an empty cell leaves its field as it is."""
        cells = zip(self.columns, row.cells, strict=True)
        return {name: self._value(name, cell.strip()) for name, cell in cells if name and cell.strip()}

    def _value(self, name: str, text: str) -> JsonValue:
        if name in self.known and self.known[name].type == "multiselectpicklist":
            return [value.strip() for value in text.split(JOIN) if value.strip()]
        return text


async def entries_of(schema: SchemaService, meaning: Meaning, rows: Iterator[Row]) -> AsyncGenerator[list[Entry], None]:
    """Yield the entries of the rows, checked, some at a time. ``Entry.row`` is the line that a row begins in."""
    seen: dict[str, int] = {}
    while batch := await anyio.to_thread.run_sync(lambda: list(islice(rows, AT_ONCE))):
        entries = [_entry(row, meaning) for row in batch]
        await _check(schema, meaning, entries)
        _refuse_twins(meaning, entries, seen)
        yield entries


def _entry(row: Row, meaning: Meaning) -> Entry:
    entry = Entry(row.line, action=meaning.operation)
    if row.trouble:
        entry.fail("BROKEN_ROW", f"The row cannot be read: {row.trouble}.")
        return entry
    entry.sent = meaning.record(row)
    entry.id = str(entry.sent.pop("id", ""))
    if meaning.operation == "update" and not (entry.id.isascii() and entry.id.isdigit()):
        entry.id = ""
        entry.fail("INVALID_DATA", "The row has no id of digits.", "id")
    return entry


async def _check(schema: SchemaService, meaning: Meaning, entries: Sequence[Entry]) -> None:
    waiting = [entry for entry in entries if entry.state == "pending"]
    values = [entry.sent for entry in waiting]
    checked = await schema.check_many(meaning.module, values, creating=meaning.operation != "update")
    for entry, outcome in zip(waiting, checked, strict=True):
        if isinstance(outcome, InvalidInputError):
            fail(entry, outcome)
        elif not outcome:
            entry.fail("MANDATORY_NOT_FOUND", "The row holds no value to write.")
        else:
            entry.sent = outcome


def _refuse_twins(meaning: Meaning, entries: Sequence[Entry], seen: dict[str, int]) -> None:
    """Zoho would skip, or write in an order nobody knows, what means the same record twice."""
    name = meaning.find_by
    for entry in [entry for entry in entries if entry.state == "pending" and name]:
        value = entry.id if name == "id" else entry.sent.get(name)
        if value in {None, ""}:
            entry.fail("MANDATORY_NOT_FOUND", f"The row has no value in {name} to find its record by.", name)
        elif (key := folded(value)) in seen:
            entry.fail(
                "DUPLICATE_DATA", f"Line {seen[key]} means the same record: {name} is {value!r} there too.", name
            )
        else:
            seen[key] = entry.row
