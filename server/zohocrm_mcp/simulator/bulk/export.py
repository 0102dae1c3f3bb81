"""What a bulk read job does: rows of a module as CSV."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from zohocrm_mcp.simulator.bulk.files import csv_text, zipped
from zohocrm_mcp.simulator.coql.plan import resolve
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.filters import condition_of
from zohocrm_mcp.simulator.records.views import condition_of_view
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import Condition, Every
from zohocrm_mcp.simulator.store.reference import Reference
from zohocrm_mcp.simulator.store.times import iso

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.bulk.jobs import Job
    from zohocrm_mcp.simulator.wire import Call, Json

PORTION = 1000


@dataclass(slots=True)
class Selection:
    """What a job reads: from behind ``after``, skipping so many, in order of id."""

    module: Module
    paths: list[str]
    condition: Condition | None
    page: int
    after: int | None
    rows: int


def selection(call: Call, query: Json, module: Module, page: int, after: int | None) -> Selection:
    """The records and columns that a query means; refuses a wrong one."""
    rows = call.state.settings.bulk_read_rows
    plain = [field.api_name for field in module.fields if field.data_type != "subform" and field.api_name != "id"]
    paths = [str(path) for path in query.get("fields") or plain if path not in ("id", "Id")]
    return Selection(module, paths, _condition(call, query, module), page, after, rows)


def _condition(call: Call, query: Json, module: Module) -> Condition | None:
    parts = []
    if query.get("cvid") and (of_view := condition_of_view(call, module, str(query["cvid"]))):
        parts.append(of_view)
    if query.get("criteria"):
        parts.append(condition_of(call, module, query["criteria"]))
    return Every(tuple(parts)) if parts else None


@known("live connectors: the id column comes first and is headed Id", 2026)
@known("Zoho CRM v8 docs, bulk read: 200,000 rows a job, more_records, next_page_token")
@guessed("rows come in ascending order of id")
async def read(job: Job, chosen: Selection) -> None:
    """Fill the job's result and file, giving way to other calls between portions."""
    ids = _ids(job.call, chosen)
    lines, count, last = [csv_text([["Id", *chosen.paths]])], 0, None
    cells = _cells(job.call, chosen)
    while count < chosen.rows and (portion := list(islice(ids, min(PORTION, chosen.rows - count)))):
        lines.append(csv_text([str(record_id), *(cell(record_id) for cell in cells)] for record_id in portion))
        count, last = count + len(portion), portion[-1]
        await asyncio.sleep(0)
    more = next(ids, None) is not None
    job.file = zipped(f"{job.id}.csv", "".join(lines))
    job.result = {
        "page": chosen.page,
        "per_page": chosen.rows,
        "count": count,
        "download_url": f"/crm/bulk/v8/read/{job.id}/result",
        "more_records": more,
    }
    if more and last is not None:
        job.result["next_page_token"] = job.call.state.bulk_tokens.make(job, last, chosen.page)


def _ids(call: Call, chosen: Selection) -> Iterator[int]:
    table = call.state.tables[chosen.module.api_name]
    ids = table.matching(chosen.condition, call.state.path_reader(chosen.module))
    if chosen.after is not None:
        after = chosen.after
        return (each for each in ids if each > after)
    return islice(ids, (chosen.page - 1) * chosen.rows, None)


def _cells(call: Call, chosen: Selection) -> list[Callable[[int], str]]:
    return [_cell(call, chosen.module, path) for path in chosen.paths]


def _cell(call: Call, module: Module, path: str) -> Callable[[int], str]:
    kind = resolve(call.state.schema, module, path).field.data_type
    read_value, zone = call.state.path_reader(module)(path), call.zone
    return lambda record_id: cell_text(read_value(record_id), kind, zone)


@known("observed live v8: a lookup is the bare id; docs: datetimes are ISO 8601", 2026)
@guessed("a multi-select is joined by semicolons, tags by commas, booleans are true and false")
def cell_text(value: object, kind: str, zone: str) -> str:
    """A stored value as text of a cell."""
    if value is None:
        return "false" if kind == "boolean" else ""
    if kind == "datetime" and isinstance(value, int):
        return iso(value, zone)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Reference):
        return str(value.id)
    if isinstance(value, list | tuple):
        return ";".join(str(each) for each in value)
    return str(value)
