"""The files of a Bulk Write: the CSV that goes up, and the one that comes down with what became of each row.

Source: Zoho CRM v8 docs, Bulk Write: the result holds the first three mapped columns, STATUS, RECORD_ID and ERRORS.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import BinaryIO

from pydantic import JsonValue

from zohocrm_mcp.errors import UnknownOutcomeError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.services.bulk.plan import fail
from zohocrm_mcp.services.bulk.reading import STAMP
from zohocrm_mcp.services.exports.tables import cell

SHOWN = 3
NAME = "rows.csv"
_NEEDED = frozenset({"STATUS", "RECORD_ID", "ERRORS"})
_WRITTEN = {"ADDED": "insert", "UPDATED": "update"}
NOT_TOLD = UnknownOutcomeError("Zoho has carried out the file, and its result says nothing of this row.")


def columns_of(entries: Sequence[Entry], find_by: str) -> list[str]:
    """Return the columns of the file, what finds a record first."""
    first = [find_by] if find_by else []
    return list(dict.fromkeys([*first, *(name for entry in entries for name in entry.sent)]))


def loadable(entry: Entry) -> bool:
    """Whether a CSV can say what an entry sends: an empty cell clears no field, and a tag has no column."""
    values = entry.sent.values()
    return not any(
        value in (None, [], "") or (isinstance(value, list) and isinstance(value[0], dict)) for value in values
    )


def write_zip(entries: Sequence[Entry], columns: Sequence[str], target: BinaryIO) -> None:
    """Write the entries as a zip with one CSV."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(NAME, "w") as member:
        text = io.TextIOWrapper(member, encoding="utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows(_cells(entry, columns) for entry in entries)
        text.flush()


def field_mappings(columns: Sequence[str]) -> list[JsonValue]:
    return [{"api_name": name, "index": index} for index, name in enumerate(columns)]


def read_outcomes(source: BinaryIO, entries: Sequence[Entry], columns: Sequence[str]) -> None:
    """Give each entry what the result says of it; an entry that it does not tell of has an unknown outcome.

    Rows are told apart by the columns that the result repeats, or else by their place, where none is missing.
    """
    header, *rows = _rows(source)
    places = {name.strip().upper(): place for place, name in enumerate(header)}
    if set(places) >= _NEEDED:
        left = _by_columns(rows, entries, columns, places)
        if len(rows) == len(entries):
            for row, entry in zip(rows, entries, strict=True):
                if id(row) in left and entry.state == "pending":
                    _settle(entry, row, places)
    for entry in entries:
        if entry.state == "pending":
            fail(entry, NOT_TOLD)


def _rows(source: BinaryIO) -> list[list[str]]:
    with zipfile.ZipFile(source) as archive, archive.open(archive.namelist()[0]) as member:
        return list(csv.reader(io.TextIOWrapper(member, encoding="utf-8-sig", newline=""))) or [[]]


def _by_columns(
    rows: Sequence[Sequence[str]], entries: Sequence[Entry], columns: Sequence[str], places: dict[str, int]
) -> set[int]:
    """Settle the entries that a row repeats, and return the other rows by identity."""
    waiting: defaultdict[tuple[str, ...], deque[Entry]] = defaultdict(deque)
    for entry in entries:
        waiting[_shown(_cells(entry, columns))].append(entry)
    left = set()
    for row in rows:
        if found := waiting.get(_shown(row[: places["STATUS"]])):
            _settle(found.popleft(), row, places)
        else:
            left.add(id(row))
    return left


def _settle(entry: Entry, row: Sequence[str], places: dict[str, int]) -> None:
    status, told = row[places["STATUS"]].strip().upper(), row[places["ERRORS"]].strip()
    if status in _WRITTEN:
        entry.id, entry.action = row[places["RECORD_ID"]].strip() or entry.id, _WRITTEN[status]
        # without the time of the change an undo would take a record that was created for unchanged
        entry.succeed({**entry.sent, STAMP: None} if entry.action == "insert" else dict(entry.sent))
        return
    code, _, field = told.partition(":")
    words = f": {told}" if told else ""
    entry.fail(code.strip() or status, f"Zoho did not write the row ({status}){words}.", field.strip() or None)


def _cells(entry: Entry, columns: Sequence[str]) -> list[str]:
    return [entry.id if name == "id" else str(cell(entry.sent.get(name))) for name in columns]


def _shown(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.strip() for text in cells[:SHOWN])
