"""Credits over one database: one bucket for all, lent in portions, corrected by what Zoho says."""

from __future__ import annotations

import math

import anyio
import anyio.to_thread
import pytest

from support.limits import READ, SECONDS, break_connections, budgets, enter, leave, until
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoRateLimitError
from zohocrm_mcp.limits import rows
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.limits.editions import Organisation
from zohocrm_mcp.limits.look import Seen, look
from zohocrm_mcp.limits.registry import Limits
from zohocrm_mcp.models import Call
from zohocrm_mcp.services.health.limits import report

pytestmark = pytest.mark.anyio
POOR = Organisation("https://poor.example 1", "free")
UNKNOWN = Organisation("https://nobody.example 1")


def about(credits_left: int) -> object:
    """So many, and what a day's rolling gives back while a test runs."""
    return pytest.approx(credits_left, abs=4)


def fill(database: Database, level: int, key: str = POOR.key) -> None:
    """Set what is left in the bucket."""
    with database.connection() as db:
        db.execute("UPDATE zoho_organisations SET tokens = %s, tokens_at = now() WHERE org = %s", (level, key))


def level(database: Database, key: str = POOR.key) -> int:
    with database.connection() as db:
        shared = rows.read(db, key)
    assert shared is not None
    assert shared.level is not None
    return math.floor(shared.level)


async def seen(database: Database, budget: Budget) -> Seen:
    return await anyio.to_thread.run_sync(look, database, budget)


async def credits_come_to(credits_left: int, database: Database, budget: Budget) -> None:
    """Wait for it: credits that are just being lent are for a moment in the bucket and in the purse, or in neither."""
    with anyio.fail_after(SECONDS):
        while (await seen(database, budget)).left != about(credits_left):  # noqa: ASYNC110 -- other threads lend
            await anyio.sleep(0.01)


async def test_every_call_counts_its_price(database: Database) -> None:
    update = Call("PUT", "/crm/v8/Accounts", body={"data": [{"id": str(number)} for number in range(95)]}, safe=False)
    async with budgets(database, 1, of=POOR) as (budget,):
        leave(*await enter(budget, 3), *await enter(budget, 1, update))
        assert budget.purse.spent == 3 + 10
        await credits_come_to(5_000 - 13, database, budget)


async def test_there_is_never_more_left_than_a_day_has(database: Database) -> None:
    """The bucket fills up again while a process still holds what it was lent."""
    async with budgets(database, 1, of=POOR) as (budget,):
        leave(*await enter(budget, 1))
        await credits_come_to(5_000 - 1, database, budget)
        fill(database, 5_000)
        found = await seen(database, budget)
        assert (found.left, found.credits) == (5_000, 5_000)


async def test_what_was_lent_and_not_spent_comes_back_at_the_end(database: Database) -> None:
    async with budgets(database, 2, of=POOR) as (one, other):
        leave(*await enter(one, 2), *await enter(other, 3))
        assert level(database) < 4_950
    assert level(database) == about(5_000 - 5)


async def test_two_processes_together_spend_no_more_than_there_is(database: Database) -> None:
    async with budgets(database, 2, of=POOR) as processes:
        fill(database, 20)
        sent = 0
        for budget in processes * 20:
            try:
                leave(await budget.enter(READ, SECONDS))
            except ZohoRateLimitError:
                continue
            sent += 1
        assert 0 < sent < 40
        await until(lambda: sent + sum(budget.purse.left for budget in processes) + level(database) == about(20))


async def test_used_up_credits_are_refused_at_once_with_the_time_until_the_next(database: Database) -> None:
    async with budgets(database, 1, of=POOR) as (budget,):
        fill(database, 0)
        with pytest.raises(ZohoRateLimitError, match=r"credits .* used up.*nothing was sent") as refused:
            await budget.enter(READ, SECONDS)
        assert 1 <= refused.value.retry_after <= math.ceil(86_400 / 5_000)


async def test_what_zoho_states_replaces_our_count(database: Database) -> None:
    async with budgets(database, 1, of=POOR) as (budget,):
        (permit,) = await enter(budget)
        permit.answered(2_000)
        permit.leave()
        await until(lambda: level(database) < 2_000)
        await credits_come_to(2_000, database, budget)
        said = (await report(database, budget)).credits
        assert said.stated
        assert said.left is not None
        assert said.used == 5_000 - said.left


async def test_no_process_spends_more_than_zoho_has_just_stated(database: Database) -> None:
    async with budgets(database, 1, of=POOR) as (budget,):
        (permit,) = await enter(budget)
        permit.answered(2)
        permit.leave()
        await until(lambda: level(database) <= 0)
        leave(*await enter(budget, 2))
        with pytest.raises(ZohoRateLimitError):
            await budget.enter(READ, SECONDS)


async def test_an_answer_that_states_nothing_means_that_half_is_left(database: Database) -> None:
    async with budgets(database, 1, of=POOR) as (budget,):
        fill(database, 900)
        (permit,) = await enter(budget)
        permit.answered(None)
        permit.leave()
        await until(lambda: level(database) >= 2_500)


async def test_while_zoho_states_credits_an_answer_without_a_statement_is_no_news(database: Database) -> None:
    async with budgets(database, 1, of=POOR) as (budget,):
        for stated in (900, None):
            (permit,) = await enter(budget)
            permit.answered(stated)
            permit.leave()
            with budget.lock:
                budget.purse.tell_at = 0.0
            budget._wake()
            await until(lambda: budget.purse.stated is None and not budget.purse.unstated)
        assert level(database) < 900


async def test_a_dear_call_gets_its_credits_in_portions_when_few_are_left(database: Database) -> None:
    load = Call("POST", "/crm/bulk/v8/write", body={}, safe=False)
    async with budgets(database, 1, of=POOR) as (budget,):
        fill(database, 520)
        leave(*await enter(budget, 1, load))
        await credits_come_to(20, database, budget)


def test_credits_come_back_over_a_day(database: Database) -> None:
    with database.connection() as db:
        rows.keep(db, POOR)
    fill(database, 0)
    for hours, expected in ((12, 2_500), (48, 5_000)):
        with database.connection() as db:
            db.execute("UPDATE zoho_organisations SET tokens_at = tokens_at - make_interval(hours => %s)", (hours,))
        assert level(database) == about(expected)


async def test_where_the_edition_is_not_known_calls_are_not_held_back_for_credits(database: Database) -> None:
    async with budgets(database, 1, of=UNKNOWN) as (budget,):
        leave(*await enter(budget, 3))
        said = await report(database, budget)
    assert (said.edition, said.credits.per_day, said.credits.left, said.calls_at_once.limit) == ("", None, None, 10)


def test_an_edition_that_grows_adds_the_difference(database: Database) -> None:
    with database.connection() as db:
        rows.keep(db, POOR)
    fill(database, 100)
    with database.connection() as db:
        rows.keep(db, Organisation(POOR.key, "enterprise", 10))
    assert level(database) == about(100 + 60_000 - 5_000)


async def test_credits_taken_while_the_database_was_away_are_owned_up_to(database_url: str, database: Database) -> None:
    there = [True]
    flaky = Database(lambda: database_url if there[0] else "host=127.0.0.1 port=1 connect_timeout=1")
    with database.connection() as db:
        rows.keep(db, POOR)
    limits = Limits(flaky)
    budget = limits.budget(POOR)
    leave(*await enter(budget))
    there[0] = False
    break_connections(database)
    await until(lambda: bool(budget.away))
    for _ in range(30):
        leave(*await enter(budget))
    there[0] = True
    await until(lambda: not budget.away and not budget.purse.debt)
    await anyio.to_thread.run_sync(limits.close)
    assert level(database) == about(5_000 - 31)


async def test_a_process_that_has_never_shared_sends_nothing_while_the_database_is_away() -> None:
    limits = Limits(Database(lambda: "host=127.0.0.1 port=1 connect_timeout=1"))
    budget = limits.budget(POOR)
    await until(lambda: bool(budget.away))
    with pytest.raises(ZohoRateLimitError, match="The database does not answer"):
        await budget.enter(READ, 0.3)
    await anyio.to_thread.run_sync(limits.close)


async def test_the_report_tells_when_the_database_is_away(database: Database) -> None:
    async with budgets(database, 1, of=POOR) as (budget,):
        leave(*await enter(budget))
        gone = Database(lambda: "host=127.0.0.1 port=1 connect_timeout=1")
        said = await report(gone, budget)
    assert said.trouble is not None
    assert "not shared with other processes" in said.trouble
    assert said.calls_at_once.limit == 5
