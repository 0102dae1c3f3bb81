"""Does the cost of a record stay the same from a hundred records to a hundred thousand?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.measure import Scale, cost_of
from benchmarks.processes import McpProcess, run
from benchmarks.stage import Stage
from benchmarks.table import Line

SIZES = (100, 1_000, 10_000, 100_000)
LEAST = 50
MOST_A_CALL = 10_000
FLAT = 1.3
"""How much more than at the cheapest size before it a record may cost at the largest."""

FIELDS = ["Account_Name", "Industry", "Annual_Revenue", "Employees"]
Work = Callable[["_Party"], float | None]


@dataclass(frozen=True)
class _Party:
    """A server in its environment, and the ids of all accounts there are."""

    stage: Stage
    server: McpProcess
    environment: dict[str, str]
    ids: list[str]


def growth(stage: Stage, scale: Scale) -> list[Line]:
    """Do everything to all records, in organisations that grow."""
    costs: dict[str, dict[int, float]] = {name: {} for name in _WORKS}
    for size in dict.fromkeys(scale.of(size, LEAST) for size in SIZES):
        with stage.new_crm(size) as crm:
            environment = stage.environment(crm, ZOHO_MCP_CALL_SECONDS="600")
            with stage.serving(crm, environment) as server:
                party = _Party(stage, server, environment, crm.ids(size))
                for name, work in _WORKS.items():
                    cost = cost_of(partial(work, party), stage.counted(server), size)
                    costs[name][size] = cost.cpu * 1e6
    return [_line(name, found) for name, found in costs.items()]


def _line(name: str, costs: dict[int, float]) -> Line:
    *smaller, largest = costs
    reached = costs[largest] / min(costs[size] for size in smaller)
    each = {f"{size}": cost for size, cost in costs.items()}
    work = f"{name}, {smaller[0]:,} to {largest:,} records"
    sides = {"ours": costs[largest]}
    return Line("growth", work, "CPU µs a record", sides, f"{FLAT} x the cheapest size", reached, FLAT, details=each)


def _pages(party: _Party, tool: str, **arguments: Any) -> None:
    seen, cursor, more = 0, "", True
    while more:
        page = party.server.call(tool, cursor=cursor, limit=200, fields=FIELDS, **arguments)
        seen, cursor, more = seen + page["count"], page["next_cursor"], page["more_records"]
    assert seen == len(party.ids), (tool, seen)


def _list(party: _Party) -> None:
    _pages(party, "get_accounts")


def _search(party: _Party) -> None:
    _pages(party, "search_accounts", filters=[{"field": "Account_Name", "op": "not_equal", "value": "nobody"}])


def _update(party: _Party) -> None:
    for start in range(0, len(party.ids), MOST_A_CALL):
        records = [{"id": one, "Phone": f"+1 555 {one[-7:]}"} for one in party.ids[start : start + MOST_A_CALL]]
        job = party.server.call("bulk_update_accounts", records=records)
        assert job["succeeded"] == len(records), job


def _read(party: _Party) -> None:
    read = party.server.call("bulk_read_accounts", fields=FIELDS)
    assert read["count"] == len(party.ids), read


def _export(party: _Party) -> float:
    """Write the table to a file, from the shell."""
    file = party.stage.folder / "accounts.csv"
    cpu = run("zohocrm_mcp", "export", "Accounts", str(file), "--fields", ",".join(FIELDS), env=party.environment)
    with file.open("rb") as lines:
        assert sum(1 for _ in lines) == len(party.ids) + 1
    return cpu


_WORKS: dict[str, Work] = {
    "list": _list,
    "search": _search,
    "bulk update": _update,
    "bulk read": _read,
    "export": _export,
}
