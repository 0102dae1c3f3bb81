"""A whole table: Zoho's Bulk Read by hand, and ours with the export stored and distinct values counted."""

from __future__ import annotations

from functools import partial

from benchmarks.measure import Scale, cost_of, interleaved, peak_mb
from benchmarks.processes import McpProcess, Worker
from benchmarks.stage import Stage
from benchmarks.table import Line

ROWS, LEAST = 200_000, 50
MOST, PEAK_MB = 3.0, 200.0
ROUNDS = 3
FIELDS = [
    "Account_Name",
    "Industry",
    "Annual_Revenue",
    "Employees",
    "Owner",
    "Phone",
    "Billing_Country",
    "Created_Time",
]


def bulk_read(stage: Stage, scale: Scale) -> list[Line]:
    """Read 200,000 rows of 8 fields."""
    rows = scale.of(ROWS, LEAST)
    with stage.new_crm(rows) as crm, stage.new_floor(crm) as floor:
        environment = stage.environment(crm, ZOHO_MCP_CALL_SECONDS="600")
        with stage.serving(crm, environment) as server:
            costs = interleaved(
                min(scale.rounds, ROUNDS),
                {
                    "floor": lambda: cost_of(partial(_by_hand, floor, rows), [floor.pid]),
                    "ours": lambda: cost_of(partial(_read, server, rows), stage.counted(server)),
                },
            )
            peak = peak_mb(server.pid)
    work = f"bulk read {rows:,} rows of {len(FIELDS)} fields"
    sides = {name: cost.seconds for name, cost in costs.items()}
    reached = sides["ours"] / sides["floor"]
    return [
        Line("bulk_read", work, "s", sides, f"{MOST:g} x raw HTTP", reached, MOST),
        Line("bulk_read", work, "MB at the peak", {"ours": peak}, f"{PEAK_MB:g} MB", peak, PEAK_MB),
    ]


def _by_hand(floor: Worker, rows: int) -> None:
    found = floor.do("bulk_read", fields=FIELDS)
    assert found == rows, found


def _read(server: McpProcess, rows: int) -> None:
    read = server.call("bulk_read_accounts", fields=FIELDS)
    assert read["count"] == rows, read
    assert read["state"] == "succeeded", read
