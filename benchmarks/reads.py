"""Reading over stdio: CPU of a call, against the same calls of Zoho over raw HTTP and against an echo."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import Cost, Scale, cost_of, interleaved
from benchmarks.stage import Stage
from benchmarks.table import Line

MOST, TENTH = 3.0, 0.1
CALLS, TYPED_CALLS, TURNS = 70, 2, 3
"""Few calls a turn and many turns: whatever else the machine does then meets all sides alike."""
FORTY = 40
_UNIT = "CPU ms a call"


def get_one(stage: Stage, scale: Scale) -> list[Line]:
    """Get one account."""
    costs = _costs(stage, scale, "get_account", account_id=stage.crm.ids(1)[0])
    return [_line("get_one", "get one account", costs)]


def list_100(stage: Stage, scale: Scale) -> list[Line]:
    """List 100 accounts with default fields."""
    return [_line("list_100", "list 100 accounts", _costs(stage, scale, "get_accounts", limit=100))]


def search_50(stage: Stage, scale: Scale) -> list[Line]:
    """Find 50 accounts by two filters."""
    filters = [{"field": "Annual_Revenue", "op": "greater_than", "value": 1000}]
    filters += [{"field": "Account_Name", "op": "not_equal", "value": "nobody"}]
    costs = _costs(stage, scale, "search_accounts", filters=filters, limit=50)
    return [_line("search_50", "search 50 accounts", costs)]


def list_200x40(stage: Stage, scale: Scale) -> list[Line]:
    """List 200 accounts with 40 fields; the answer holds as many as its budget of characters takes."""
    costs = _costs(stage, scale, "get_accounts", limit=200, fields=stage.crm.table_fields()[:FORTY])
    work = "list 200 accounts with 40 fields"
    reached = costs["ours"].cpu / costs["typed"].cpu
    sides = {name: costs[name].cpu * 1000 for name in ("typed", "ours")}
    return [
        _line("list_200x40", work, costs),
        Line("list_200x40", work, _UNIT, sides, f"{TENTH} x typed SDK", reached, TENTH),
    ]


def _costs(stage: Stage, scale: Scale, tool: str, **arguments: Any) -> dict[str, Cost]:
    """Return what a call costs each side: ours, the calls that ours makes by the other ways, and an echo."""
    stage.server.call(tool, **arguments)
    stage.crm.prepare()
    stage.server.call(tool, **arguments)
    calls = stage.crm.calls()
    times, typed_times = scale.of(CALLS), scale.of(TYPED_CALLS)

    def ours() -> None:
        for _ in range(times):
            stage.server.call(tool, **arguments)

    def bare() -> None:
        for _ in range(times):
            stage.bare.call("echo", text="hello")

    sides = {
        "floor": lambda: cost_of(lambda: stage.floor.do("replay", calls=calls, times=times), [stage.floor.pid], times),
        "bare": lambda: cost_of(bare, [stage.bare.pid], times),
        "ours": lambda: cost_of(ours, stage.counted(stage.server), times),
    }
    if calls[0]["method"] == "GET":
        typed = stage.typed
        sides["typed"] = lambda: cost_of(
            lambda: typed.do("replay", call=calls[0], times=typed_times), [typed.pid], typed_times
        )
    return interleaved(scale.rounds * TURNS, sides)


def _line(row: str, work: str, costs: dict[str, Cost]) -> Line:
    sides = {name: cost.cpu * 1000 for name, cost in costs.items()}
    reached = (sides["ours"] - sides["bare"]) / sides["floor"]
    return Line(row, work, _UNIT, sides, f"{MOST:g} x raw HTTP + bare MCP", reached, MOST)
