"""Does the cost of a record stay the same from a hundred records to a hundred thousand?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median
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
    """Do everything to all records of organisations of several sizes, which take turns."""
    sizes = list(dict.fromkeys(scale.of(size, LEAST) for size in SIZES))
    with ExitStack() as stack:
        parties = {size: _party(stage, stack, size) for size in sizes}
        return [_line(name, _costs(parties, work, turns)) for name, (work, turns) in _WORKS.items()]


def _party(stage: Stage, stack: ExitStack, size: int) -> _Party:
    crm = stack.enter_context(stage.new_crm(size))
    environment = stage.environment(crm, ZOHO_MCP_CALL_SECONDS="600")
    server = stack.enter_context(stage.serving(crm, environment))
    return _Party(stage, server, environment, crm.ids(size))


def _costs(parties: dict[int, _Party], work: Work, turns: int) -> dict[int, float]:
    """Return the microseconds of CPU that a record costs at each size, the median of the turns."""
    found: dict[int, list[float]] = {size: [] for size in parties}
    for _ in range(turns):
        for size, party in parties.items():
            cost = cost_of(partial(work, party), party.stage.counted(party.server), size)
            found[size].append(cost.cpu * 1e6)
    return {size: median(costs) for size, costs in found.items()}


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


_WORKS: dict[str, tuple[Work, int]] = {
    "list": (_list, 3),
    "search": (_search, 3),
    "bulk update": (_update, 1),
    "bulk read": (_read, 1),
    "export": (_export, 1),
}
"""What is done, and how often: what is near its mark is measured several times."""
