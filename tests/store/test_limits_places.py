"""Places for calls over one database: never more than allowed, fairly shared, and freed whatever happens."""

from __future__ import annotations

from functools import partial

import anyio
import anyio.lowlevel
import pytest

from support.limits import ACME, QUERY, READ, SECONDS, break_connections, budgets, enter, leave, until
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoRateLimitError
from zohocrm_mcp.limits import locks, priority, turn
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.limits.editions import Organisation
from zohocrm_mcp.limits.registry import Limits

pytestmark = pytest.mark.anyio
BIG = Organisation("https://big.example 1", "enterprise", 3)


class Crowd:
    """Callers of several processes, counted together; none goes on before as many as may are there at once."""

    def __init__(self, allowed: int) -> None:
        self.allowed, self.full = allowed, anyio.Event()
        self.now = self.most = self.done = 0

    async def call(self, budget: Budget, times: int) -> None:
        for _ in range(times):
            permit = await budget.enter(READ, SECONDS)
            self.now += 1
            self.most = max(self.most, self.now)
            if self.now == self.allowed:
                self.full.set()
            await self.full.wait()
            await anyio.lowlevel.checkpoint()
            self.now -= 1
            self.done += 1
            permit.leave()


async def test_three_processes_together_never_have_more_calls_under_way_than_allowed(database: Database) -> None:
    crowd = Crowd(4)
    async with budgets(database, 3, limit=4) as processes, anyio.create_task_group() as group:
        for budget in processes * 6:
            group.start_soon(crowd.call, budget, 20)
    assert (crowd.most, crowd.done) == (4, 3 * 6 * 20)


async def test_what_one_process_keeps_idle_goes_to_another_that_wants_it(database: Database) -> None:
    async with budgets(database, 2, limit=4) as (one, other):
        leave(*await enter(one, 4))
        assert len(one.places.idle) == 4
        leave(*await enter(other, 4))
        assert len(one.places.idle) == 0


async def test_a_process_that_has_everything_shares_with_one_that_comes(database: Database) -> None:
    async with budgets(database, 2, limit=5) as (one, other):
        taken = await enter(one, 5)
        arrived: list[int] = []

        async def caller(number: int) -> None:
            permit = await other.enter(READ, SECONDS)
            arrived.append(number)
            await until(lambda: len(arrived) >= 2)
            permit.leave()

        async with anyio.create_task_group() as group:
            for number in range(4):
                group.start_soon(caller, number)
            await until(lambda: one.places.owed > 0)
            leave(*taken)
    assert sorted(arrived) == [0, 1, 2, 3]


async def test_a_job_leaves_a_place_for_people(database: Database) -> None:
    async with budgets(database, 2, limit=3) as (one, other):
        with priority.bulk():
            taken = await enter(one, 2)
            with pytest.raises(ZohoRateLimitError):
                await one.enter(READ, 0.3)
            with pytest.raises(ZohoRateLimitError):
                await other.enter(READ, 0.3)
        (permit,) = await enter(other)
        leave(permit, *taken)


async def test_people_go_before_a_job_that_has_waited_longer(database: Database) -> None:
    order: list[str] = []
    async with budgets(database, 1, limit=1) as (budget,), anyio.create_task_group() as group:
        (taken,) = await enter(budget)

        async def caller(name: str, *, bulk: bool) -> None:
            if bulk:
                with priority.bulk():
                    permit = await budget.enter(READ, SECONDS)
            else:
                permit = await budget.enter(READ, SECONDS)
            order.append(name)
            permit.leave()

        for number in range(2):
            group.start_soon(partial(caller, f"job {number}", bulk=True))
        await until(lambda: len(budget.line) == 2)
        group.start_soon(partial(caller, "person", bulk=False))
        await until(lambda: len(budget.line) == 3)
        taken.leave()
    assert order == ["person", "job 0", "job 1"]


async def test_a_job_gets_a_turn_now_and_then_however_many_people_call(database: Database) -> None:
    order: list[bool] = []
    async with budgets(database, 1, limit=1) as (budget,), anyio.create_task_group() as group:
        (taken,) = await enter(budget)

        async def caller(*, bulk: bool) -> None:
            with priority.bulk() if bulk else anyio.CancelScope():
                permit = await budget.enter(READ, SECONDS)
            order.append(bulk)
            permit.leave()

        for bulk in [True] * 2 + [False] * 30:
            group.start_soon(partial(caller, bulk=bulk))
        await until(lambda: len(budget.line) == 32)
        taken.leave()
    assert order.index(True) < 12


async def test_heavy_calls_have_ten_places_and_others_go_past_them(database: Database) -> None:
    async with budgets(database, 2, of=BIG) as (one, other):
        heavy = [*await enter(one, 5, QUERY), *await enter(other, 5, QUERY)]
        for budget in (one, other):
            with pytest.raises(ZohoRateLimitError):
                await budget.enter(QUERY, 0.3)
        light = await enter(one, 5)
        leave(*heavy, *light)
        leave(*await enter(other, 1, QUERY))


async def test_a_call_that_gets_no_place_in_time_says_that_nothing_was_sent(database: Database) -> None:
    async with budgets(database, 1, limit=1) as (budget,):
        (taken,) = await enter(budget)
        with pytest.raises(ZohoRateLimitError, match="held the call back and nothing was sent") as refused:
            await budget.enter(READ, 0.05)
        assert refused.value.retry_after > 0
        assert refused.value.details["held_back"] is True
        assert len(budget.line) == 0
        taken.leave()


async def test_a_waiting_call_that_is_cancelled_leaves_its_place_to_the_next(database: Database) -> None:
    async with budgets(database, 1, limit=1) as (budget,):
        (taken,) = await enter(budget)
        async with anyio.create_task_group() as group:
            group.start_soon(budget.enter, READ, SECONDS)
            await until(lambda: len(budget.line) == 1)
            group.cancel_scope.cancel()
        assert len(budget.line) == 0
        taken.leave()
        leave(*await enter(budget))


async def test_a_permit_given_up_before_it_was_used_frees_its_place_once(database: Database) -> None:
    async with budgets(database, 1, limit=1) as (budget,):
        (unused,) = await enter(budget)
        unused.abandon()
        assert not unused.begin()
        (used,) = await enter(budget)
        unused.leave()
        assert used.begin()
        used.abandon()
        assert budget.places.busy == {used.place}
        used.leave()


async def test_no_more_calls_wait_than_can_be_waited_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zohocrm_mcp.limits.budget.MOST", 2)
    async with budgets(database, 1, limit=1) as (budget,), anyio.create_task_group() as group:
        (taken,) = await enter(budget)
        for _ in range(2):
            group.start_soon(budget.enter, READ, SECONDS)
        await until(lambda: len(budget.line) == 2)
        with pytest.raises(ZohoRateLimitError, match="2 calls are waiting already"):
            await budget.enter(READ, SECONDS)
        group.cancel_scope.cancel()
        taken.leave()


async def test_a_process_that_sends_nothing_keeps_nothing(database: Database) -> None:
    async with budgets(database, 1, limit=4) as (budget,):
        leave(*await enter(budget, 4))
        with budget.lock:
            budget.last_used -= 60
        budget._wake()
        await until(lambda: budget.places.held == 0 and budget.purse.left == 0 and not budget.present)
        with database.connection() as db:
            assert locks.held(db, locks.class_of(ACME.key)) == 0
            assert locks.others(db, locks.class_of(ACME.key)) == 0


async def test_places_are_free_when_their_process_has_closed(database: Database) -> None:
    async with budgets(database, 1, limit=2) as (one,):
        leave(*await enter(one, 2))
    async with budgets(database, 1, limit=2) as (other,):
        leave(*await enter(other, 2))


async def test_a_budget_is_the_same_for_all_connections_to_an_organisation(database: Database) -> None:
    limits = Limits(database)
    assert limits.budget(ACME) is limits.budget(ACME)
    assert limits.budget(BIG) is not limits.budget(ACME)
    limits.close()


async def test_a_lost_connection_is_made_again_and_the_places_are_locked_again(database: Database) -> None:
    async with budgets(database, 2, limit=3) as (one, other):
        taken = await enter(one, 2)
        break_connections(database)
        await until(lambda: bool(one.away))
        await until(lambda: not one.away and not other.away)
        assert one.places.lost == set()
        with database.connection() as db:
            assert locks.held(db, locks.class_of(ACME.key)) == one.places.held + other.places.held
        leave(*taken)
        leave(*await enter(other, 3))


async def test_a_place_that_another_process_took_meanwhile_is_dropped_when_its_call_ends(database: Database) -> None:
    async with budgets(database, 1, limit=2) as (budget,):
        taken = await enter(budget, 2)
        number = locks.class_of(ACME.key)
        with database.connection() as db:
            break_connections(database)
            db.execute("SELECT pg_advisory_lock(%s, 2)", (number,))
            await until(lambda: budget.places.lost == {2})
            leave(*taken)
            assert budget.places.idle == {1}
            db.execute("SELECT pg_advisory_unlock_all()")


async def test_while_the_database_is_away_calls_go_on_with_what_was_held(database_url: str, database: Database) -> None:
    there = [True]
    flaky = Database(lambda: database_url if there[0] else "host=127.0.0.1 port=1 connect_timeout=1")
    async with budgets(flaky, 1, limit=4) as (budget,):
        leave(*await enter(budget, 2))
        there[0] = False
        break_connections(database)
        await until(lambda: bool(budget.away))
        taken = await enter(budget, 2)
        with pytest.raises(ZohoRateLimitError, match="The database does not answer"):
            await budget.enter(READ, 0.2)
        there[0] = True
        await until(lambda: not budget.away)
        leave(*taken)
        leave(*await enter(budget, 4))
    flaky.close()


async def test_calls_that_had_to_wait_leave_nothing_behind_either(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "IDLE_SECONDS", 0.2)
    async with budgets(database, 1, limit=1) as (budget,), anyio.create_task_group() as group:
        (taken,) = await enter(budget)

        async def caller() -> None:
            leave(*await enter(budget))

        group.start_soon(caller)
        await until(lambda: len(budget.line) == 1)
        taken.leave()
        await until(lambda: not budget.present and budget.places.held == 0)
