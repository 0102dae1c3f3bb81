"""From the start of the process to the first tool list, and on to the first call of Zoho. The database is warm."""

from __future__ import annotations

import time
from statistics import median

from benchmarks.measure import Scale
from benchmarks.processes import McpProcess
from benchmarks.stage import Stage
from benchmarks.table import Line

ROUNDS = 7
MOST, FIRST_CALL = 1.3, 1.5


def start(stage: Stage, scale: Scale) -> list[Line]:
    """Start both servers in turn and ask for their tools; then call a tool."""
    account, environment = stage.crm.ids(1)[0], stage.environment(stage.crm)
    bare: list[float] = []
    ours: list[float] = []
    calls: list[float] = []
    for _ in range(1 + scale.of(ROUNDS)):
        began = time.perf_counter()
        with stage.bare_process() as process:
            bare.append(_to_tools(process) - began)
        began = time.perf_counter()
        with stage.new_server(environment) as process:
            listed = _to_tools(process)
            ours.append(listed - began)
            process.call("get_account", account_id=account)
            calls.append(time.perf_counter() - listed)
    sides = {"bare": median(bare[1:]) * 1000, "ours": median(ours[1:]) * 1000}
    first, reached = median(calls[1:]), sides["ours"] / sides["bare"]
    return [
        Line("start", "start to first tools/list", "ms", sides, f"{MOST} x bare MCP", reached, MOST),
        Line("start", "from there to first call", "ms", {"ours": first * 1000}, f"{FIRST_CALL} s", first, FIRST_CALL),
    ]


def _to_tools(process: McpProcess) -> float:
    """Greet, get the list, and return when it had come."""
    process.greet()
    assert process.ask("tools/list")["tools"]
    return time.perf_counter()
