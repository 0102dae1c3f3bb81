"""One refresh for everybody: threads, processes, and the process that dies in the middle of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from support.tokens import HOUR, Clock, TokenProcess, at_once, expire_in_store, keeper_of
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.keeper import Held
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import ZohoAuthError, ZohoDatabaseError
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.simulator import Simulator

TOKEN = "POST /oauth/v2/token"
NOBODY_THERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def store(settings: Settings) -> Iterator[Database]:
    database = database_of(settings)
    yield database
    database.close()


def test_sixteen_threads_and_four_processes_at_the_moment_of_expiry_make_one_token_call(
    settings: Settings, simulator: Simulator, store: Database
) -> None:
    clock = Clock()
    with (
        keeper_of(settings, clock=clock) as keeper,
        TokenProcess(settings) as one,
        TokenProcess(settings) as two,
        TokenProcess(settings) as three,
    ):
        first = keeper.current("default")
        processes = (one, two, three)
        for process in processes:
            process.wait_ready()
        assert simulator.counters.token_calls == 1
        simulator.expire_access_tokens()
        expire_in_store(store)
        clock.now += HOUR
        for process in processes:
            process.go()
        ours = at_once(16, lambda: keeper.current("default"))
        theirs = [generation for process in processes for generation in process.generations()]
    assert simulator.counters.token_calls == 2
    assert [held.generation for held in ours if isinstance(held, Held)] == [first.generation + 1] * 16
    assert theirs == [first.generation + 1] * 12


def test_processes_that_start_together_make_one_token_call(settings: Settings, simulator: Simulator) -> None:
    with TokenProcess(settings) as one, TokenProcess(settings) as two, TokenProcess(settings) as three:
        for process in (one, two, three):
            process.wait_ready()
    assert simulator.counters.token_calls == 1


def test_the_next_one_goes_on_when_the_process_that_refreshes_is_killed(
    settings: Settings, simulator: Simulator
) -> None:
    simulator.faults.add(TOKEN, "hang", count=1)
    patient = settings.model_copy(update={"read_timeout": 60})
    with keeper_of(settings) as keeper, TokenProcess(patient) as holder:
        assert until(lambda: simulator.counters.token_calls == 1, 60)
        os.kill(holder.process.pid, signal.SIGKILL)
        held = keeper.current("default")
    assert simulator.counters.token_calls == 2
    assert simulator.state.tokens.usable(held.token)


def test_a_token_is_renewed_early_while_calls_go_on_with_the_old_one(settings: Settings, simulator: Simulator) -> None:
    clock = Clock()
    with keeper_of(settings, clock=clock) as keeper:
        old = keeper.current("default")
        delayed = simulator.faults.add(TOKEN, "delay", seconds=60)
        clock.now += HOUR - 250
        assert {held.token for held in at_once(16, lambda: keeper.current("default")) if isinstance(held, Held)} == {
            old.token
        }
        assert until(lambda: delayed.hits == 1, 60)
        simulator.faults.clear()
        assert until(lambda: keeper.current("default").generation == old.generation + 1, 60)
    assert simulator.counters.token_calls == 2


def test_renewals_of_several_processes_are_spread_by_chance(settings: Settings) -> None:
    with keeper_of(settings) as keeper:
        keeper._jitter = lambda: 0.0
        early = keeper.current("default").renew_at
        keeper.forget("default")
        keeper._jitter = lambda: 1.0
        assert early - keeper.current("default").renew_at == pytest.approx(120, abs=1)


def test_a_database_that_dies_while_the_token_is_good_stops_nobody(settings: Settings, simulator: Simulator) -> None:
    where, clock = [settings.database_url.get_secret_value()], Clock()
    database = Database(lambda: where[0])
    with keeper_of(settings, clock=clock, database=database) as keeper:
        held = keeper.current("default")
        database.close()
        where[0] = NOBODY_THERE
        clock.now += HOUR - 250
        assert keeper.current("default") is held
        assert until(lambda: held.renew_at > clock.now, 60)
        assert keeper.current("default") is held
        clock.now += 250
        with pytest.raises(ZohoDatabaseError, match="PostgreSQL cannot be used"):
            keeper.current("default")
    assert simulator.counters.token_calls == 1


def test_tokens_that_are_refused_again_and_again_do_not_use_up_the_ten(
    settings: Settings, simulator: Simulator
) -> None:
    with keeper_of(settings) as keeper:

        def refused() -> None:
            for _ in range(20):
                keeper.withdraw("default", keeper.current("default").generation)

        with pytest.raises(ZohoAuthError, match="refuses every access token"):
            refused()
    assert simulator.counters.token_calls == 4


def test_every_refresh_is_in_the_audit_log(settings: Settings, store: Database) -> None:
    with keeper_of(settings) as keeper:
        keeper.current("default")
    events = [(entry.event, entry.connection, entry.outcome) for entry in Audit(store).read()]
    assert events == [("auth.taken_in", "default", "ok"), ("auth.refreshed", "default", "ok")]
