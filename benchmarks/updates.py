"""Bulk updates at 100 ms a call, with journal and before-images, concurrency 10."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import Any

from benchmarks.measure import Cost, Scale, cost_of, interleaved
from benchmarks.processes import McpProcess, Worker
from benchmarks.stage import Stage
from benchmarks.table import Line

LATENCY, AT_ONCE, CHUNK = 0.1, 10, 100
FEW, MANY = 150, 10_000
WALL_OF_FEW, WALL_OF_MANY, CPU_OF_MANY = 2.2, 1.5, 15.0
FIELDS = ["Phone", "Website"]
_numbers = count(1)


def update_150(stage: Stage, scale: Scale) -> list[Line]:
    """Change 150 accounts; the floor writes them, and reads nothing before."""
    costs = _costs(stage, scale, stage.server, min(FEW, stage.crm.accounts), read_first=[])
    floor, ours = costs["floor"].seconds, costs["ours"].seconds
    sides = {"floor": floor * 1000, "ours": ours * 1000}
    return [
        Line("update_150", f"update {FEW} accounts", "ms", sides, "2.2 x raw HTTP", ours / floor, WALL_OF_FEW),
    ]


def update_10000(stage: Stage, scale: Scale) -> list[Line]:
    """Change 10,000 accounts; the ideal is a read and a write for each hundred, and nothing between them."""
    records = min(MANY, stage.crm.accounts)
    with stage.serving(stage.crm, stage.environment(stage.crm, ZOHO_MCP_MAX_CONCURRENCY=str(AT_ONCE))) as server:
        costs = _costs(stage, scale, server, records, read_first=FIELDS)
    floor, ours = costs["floor"], costs["ours"]
    ideal = 2 * -(-records // CHUNK) * LATENCY / AT_ONCE
    row, work = "update_10000", f"update {records:,} accounts"
    wall = {"floor": floor.seconds, "ours": ours.seconds}
    cpu = {"floor": floor.cpu, "ours": ours.cpu}
    return [
        Line(row, work, "s", wall, f"{WALL_OF_MANY} x ideal ({ideal:.2g} s)", ours.seconds / ideal, WALL_OF_MANY),
        Line(row, work, "CPU s", cpu, f"{CPU_OF_MANY:g} x raw HTTP", ours.cpu / floor.cpu, CPU_OF_MANY),
    ]


def _costs(stage: Stage, scale: Scale, server: McpProcess, records: int, read_first: list[str]) -> dict[str, Cost]:
    crm, floor = stage.crm, stage.floor
    ids = crm.ids(records)
    crm.prepare(LATENCY)
    try:
        return interleaved(
            scale.rounds,
            {
                "floor": lambda: cost_of(partial(_by_hand, floor, _new(ids), read_first), [floor.pid]),
                "ours": lambda: cost_of(partial(_job, server, _new(ids)), stage.counted(server)),
            },
        )
    finally:
        crm.prepare()


def _new(ids: list[str]) -> list[dict[str, Any]]:
    """Return a change for every account that no change before has made."""
    number = next(_numbers)
    return [
        {"id": one, "Phone": f"+1 555 {number} {place}", "Website": f"https://{number}.example"}
        for place, one in enumerate(ids)
    ]


def _by_hand(floor: Worker, records: list[dict[str, Any]], read_first: list[str]) -> None:
    accepted = floor.do("update", records=records, at_once=AT_ONCE, read_first=read_first)
    assert accepted == len(records), accepted


def _job(server: McpProcess, records: list[dict[str, Any]]) -> None:
    job = server.call("bulk_update_accounts", records=records)
    if job["state"] != "succeeded":
        raise RuntimeError(f"The job has not succeeded: {job}")
