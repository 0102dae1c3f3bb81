"""After a 429 everybody slows down, not only the one who was told."""

from __future__ import annotations

from functools import partial

import anyio
import pytest

from support.limits import READ, SECONDS, budgets, enter, leave, until
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoRateLimitError
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.limits.throttle import Pace
from zohocrm_mcp.services.health.limits import report

pytestmark = pytest.mark.anyio
LONG = Pace(pause=300.0, pause_most=600.0)
SHORT = Pace(pause=0.2, recover=0.2)


def holds_back(budget: Budget) -> bool:
    return budget.throttle.until > budget.clock()


async def test_a_429_of_one_process_holds_back_the_others(database: Database) -> None:
    async with budgets(database, 3, limit=8, pace=LONG) as (one, *others):
        for budget in others:
            leave(*await enter(budget))
        (permit,) = await enter(one)
        permit.throttled(None)
        permit.leave()
        for budget in others:
            await until(partial(holds_back, budget))
            with pytest.raises(ZohoRateLimitError, match="asked this organisation to wait") as refused:
                await budget.enter(READ, SECONDS)
            assert refused.value.retry_after == pytest.approx(300, abs=20)
            assert budget.throttle.allowed(budget.clock()) == 4


async def test_a_process_that_starts_later_is_held_back_as_well(database: Database) -> None:
    async with budgets(database, 1, limit=8, pace=LONG) as (one,):
        (permit,) = await enter(one)
        permit.throttled(None)
        permit.leave()
        await until(lambda: not one.news)
        async with budgets(database, 1, limit=8, pace=LONG) as (later,):
            await until(partial(holds_back, later))
            assert later.throttle.allowed(later.clock()) == 4


async def test_calls_wait_out_a_short_pause_and_come_back_one_by_one(database: Database) -> None:
    async with budgets(database, 1, limit=8, pace=SHORT) as (budget,):
        (permit,) = await enter(budget)
        permit.throttled(None)
        permit.leave()
        taken = await enter(budget, 4)
        assert budget.clock() >= budget.throttle.until
        taken += await enter(budget, 4)
        assert budget.throttle.allowed(budget.clock()) == 8
        leave(*taken)


async def test_calls_that_were_under_way_together_count_as_one_429(database: Database) -> None:
    async with budgets(database, 1, limit=8, pace=LONG) as (budget,):
        permits = await enter(budget, 8)
        for permit in permits:
            permit.throttled(None)
        leave(*permits)
        assert budget.throttle.allowed(budget.clock()) == 4
        assert budget.throttle.until - permits[0].sent == pytest.approx(300, abs=20)


async def test_what_zoho_asks_for_is_waited_for(database: Database) -> None:
    async with budgets(database, 1, limit=8, pace=SHORT) as (budget,):
        (permit,) = await enter(budget)
        assert permit.throttled(5000.0) == pytest.approx(5000.0)
        permit.leave()
        said = await report(database, budget)
        assert said.throttled_until is not None
        assert said.calls_at_once.allowed == 4
        assert "throttled until" in str(said)


async def test_a_waiting_call_goes_out_when_the_pause_has_ended(database: Database) -> None:
    async with budgets(database, 1, limit=2, pace=SHORT) as (budget,):
        (permit,) = await enter(budget)
        permit.throttled(None)
        permit.leave()
        with anyio.fail_after(SECONDS):
            leave(await budget.enter(READ, SECONDS))
