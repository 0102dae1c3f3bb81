"""Memory of the server's processes (PSS; the database is not counted)."""

from __future__ import annotations

from benchmarks.measure import Scale, pss_mb
from benchmarks.stage import Stage
from benchmarks.table import Line

MORE_MB, CALLS = 90.0, 10_000
GROWTH_MB = 4.0
"""What the allocator may still move between a tenth of the calls and all of them."""


def memory(stage: Stage, scale: Scale) -> list[Line]:
    """Look after the first call, after a tenth of the calls and at the end."""
    ids = stage.crm.ids(min(200, stage.crm.accounts))
    calls = scale.of(CALLS)
    stage.bare.call("echo", text="hello")
    bare = pss_mb(stage.bare.pid)
    with stage.serving(stage.crm, stage.environment(stage.crm)) as server:
        first = pss_mb(server.pid)
        after: list[float] = []
        for number in range(calls):
            server.call("get_account", account_id=ids[number % len(ids)])
            if number + 1 in {max(calls // 10, 1), calls}:
                after.append(pss_mb(server.pid))
    stage.crm.prepare()
    sides = {"bare": bare, "ours": first}
    growing = {"ours": after[-1]}
    mark = f"at most {GROWTH_MB:g} MB more than after a tenth"
    return [
        Line("memory", "memory after the first call", "MB", sides, f"bare MCP + {MORE_MB:g} MB", first - bare, MORE_MB),
        Line("memory", f"memory after {calls:,} calls", "MB", growing, mark, after[-1] - after[0], GROWTH_MB),
    ]
