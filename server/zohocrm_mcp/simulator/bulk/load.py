"""What a bulk write job does: rows of a CSV written one by one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zohocrm_mcp.simulator.bulk.cells import json_value
from zohocrm_mcp.simulator.bulk.files import csv_text, zipped
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.outcome import RecordRefusal
from zohocrm_mcp.simulator.records.write import Writer
from zohocrm_mcp.simulator.sources import guessed, known

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.bulk.jobs import Job
    from zohocrm_mcp.simulator.wire import Call, Json

PORTION = 100
COLUMNS_IN_RESULT = 3


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which field a column fills; ``default`` is what an empty cell stands for."""

    api_name: str
    index: int | None
    default: str | None = None


@dataclass(slots=True)
class Load:
    """A file to write into a module, and what has become of its rows."""

    module: Module
    operation: str
    find_by: str | None
    mappings: list[Mapping]
    ignore_empty: bool
    file_name: str
    header: list[str]
    rows: list[list[str]]
    counts: dict[str, int] = field(default_factory=lambda: {"ADDED": 0, "UPDATED": 0, "SKIPPED": 0})


@known("Zoho CRM v8 docs, bulk write result: first three mapped columns, STATUS, RECORD_ID, ERRORS")
async def load(job: Job, load: Load) -> None:
    """Write all rows, giving way to other calls between portions; fills the job's file."""
    writer, lines = Writer(job.call, load.module), []
    shown = load.mappings[:COLUMNS_IN_RESULT]
    for number, row in enumerate(load.rows):
        status, record_id, error = _write(job.call, writer, load, row)
        load.counts[status] += 1
        cells = [_cell(row, mapping) or "" for mapping in shown]
        lines.append([*cells, status, record_id, error])
        if number % PORTION == 0:
            await asyncio.sleep(0)
    header = [mapping.api_name for mapping in shown]
    job.file = zipped(f"{job.id}.csv", csv_text([[*header, "STATUS", "RECORD_ID", "ERRORS"], *lines]))


def _cell(row: list[str], mapping: Mapping) -> str | None:
    text = row[mapping.index] if mapping.index is not None and mapping.index < len(row) else ""
    return text or mapping.default


@guessed("text of ERRORS: code:field; NOT_FOUND when no record is found, DUPLICATE_DATA for a doubled row")
def _write(call: Call, writer: Writer, load: Load, row: list[str]) -> tuple[str, str, str]:
    record = _record(load, row)
    found = _found(call, load, row)
    try:
        if load.operation == "insert" and found is not None:
            return "SKIPPED", str(found), "DUPLICATE_DATA"
        if found is None and load.operation == "update":
            return "SKIPPED", "", "NOT_FOUND"
        if found is None:
            return "ADDED", str(writer.create(0, record)["id"]), ""
        return "UPDATED", str(writer.update(0, found, record)["id"]), ""
    except RecordRefusal as refusal:
        name = refusal.item["details"].get("api_name", "")
        return "SKIPPED", "", f"{refusal.item['code']}:{name}".rstrip(":")


def _record(load: Load, row: list[str]) -> Json:
    record: Json = {}
    for mapping in load.mappings:
        named = load.module.field_named(mapping.api_name)
        text = _cell(row, mapping)
        if mapping.api_name == "id" or named is None or (not text and load.ignore_empty):
            continue
        record[mapping.api_name] = json_value(named, text) if text else None
    return record


def _found(call: Call, load: Load, row: list[str]) -> int | None:
    mapping = next((each for each in load.mappings if each.api_name == load.find_by), None)
    text = _cell(row, mapping) if mapping else None
    table = call.state.tables[load.module.api_name]
    if not text:
        return None
    if load.find_by == "id":
        return int(text) if text.isdecimal() and int(text) in table else None
    return table.find(str(load.find_by), text)
