"""A search is planned once for all pages of a walk, and anew as soon as it may mean something else."""

from __future__ import annotations

from typing import Any

import pytest

from support.services import filters, services
from zohocrm_mcp.services.search.asking import Asking, Request
from zohocrm_mcp.services.search.plan import Plan
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("search")]

NOON, DAY = 1_796_000_000.0, 86_400.0
RICH = filters(("Annual_Revenue", "greater_than", 1000))
LASTING: list[dict[str, Any]] = [
    {"filters": RICH},
    {"filters": filters(("Industry", "in", ["Retail", "Energy"]), ("Account_Name", "not_equal", "nobody"))},
    {"criteria": "(Annual_Revenue:greater_than:1000)"},
]
PASSING: list[dict[str, Any]] = [
    {"filters": filters(("Created_Time", "equals", "today"))},
    {"filters": [*RICH, *filters(("Owner", "equals", "Priya Sharma"))]},
    {"filters": filters(("Owner.email", "equals", "priya.sharma@northwind-supply.example"))},
]


async def planned_twice(simulator: Simulator, asked: dict[str, Any], *, refresh: bool = False) -> tuple[Plan, Plan]:
    """The plans of the same request on two days."""
    async with services(simulator) as parts:
        asking = Asking(parts.schema, lambda: NOON)
        first = await asking.plan("Accounts", Request(**asked), NOON)
        if refresh:
            assert parts.schema.refresh("Accounts")
        return first, await asking.plan("accounts", Request(**asked), NOON + DAY)


@pytest.mark.parametrize("asked", LASTING)
async def test_what_means_the_same_on_every_day_is_planned_once(simulator: Simulator, asked: dict[str, Any]) -> None:
    first, second = await planned_twice(simulator, asked)
    assert second is first


@pytest.mark.parametrize("asked", LASTING)
async def test_newer_metadata_are_looked_at(simulator: Simulator, asked: dict[str, Any]) -> None:
    first, second = await planned_twice(simulator, asked, refresh=True)
    assert second is not first
    assert second == first


@pytest.mark.parametrize("asked", PASSING)
async def test_times_and_names_of_records_are_looked_at_each_time(simulator: Simulator, asked: dict[str, Any]) -> None:
    first, second = await planned_twice(simulator, asked)
    assert second is not first


async def test_today_is_another_day_tomorrow(simulator: Simulator) -> None:
    first, second = await planned_twice(simulator, PASSING[0])
    assert first.text != second.text


async def test_what_differs_in_one_value_is_another_plan(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        asking = Asking(parts.schema, lambda: NOON)
        texts = {
            (await asking.plan("Accounts", Request(filters(("Annual_Revenue", op, value)), match=match), NOON)).text
            for op, value, match in (("less_than", 1, "all"), ("less_than", 2, "all"), ("less_equal", 1, "any"))
        }
    assert len(texts) == 3
