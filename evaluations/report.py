"""What came of the tasks, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluations.judging import Result


def as_data(results: Sequence[Result], tool_list: int) -> dict[str, Any]:
    return {
        "tool_list": tool_list,
        "passed": sum(result.passed for result in results),
        "tasks": {result.task: _row(result) for result in results},
    }


def _row(result: Result) -> dict[str, Any]:
    cost = {"calls": result.cost.calls, "sent": result.cost.sent, "received": result.cost.received}
    return {"passed": result.passed, **cost, **({"problem": result.problem} if result.problem else {})}


def as_table(results: Sequence[Result], tool_list: int) -> str:
    """Return a line for each task, and what they are together."""
    width = max((len(result.task) for result in results), default=0)
    rows = [f"{'task':{width}}  calls    sent  received  "]
    for result in results:
        cost = result.cost
        verdict = "pass" if result.passed else f"FAIL {result.problem}"
        rows.append(f"{result.task:{width}}  {cost.calls:5}  {cost.sent:6,}  {cost.received:8,}  {verdict}")
    passed = sum(result.passed for result in results)
    calls, sent, received = (sum(getattr(one.cost, name) for one in results) for name in ("calls", "sent", "received"))
    rows.append(f"{'together':{width}}  {calls:5}  {sent:6,}  {received:8,}  {passed} of {len(results)} pass")
    rows.append(f"The tool list, which a model reads once: {tool_list:,} characters.")
    return "\n".join(rows)
