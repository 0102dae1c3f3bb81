"""Several processes at one organisation, counted where it matters: at Zoho."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio.to_thread
import pytest

from conftest import settings_for
from support.callers import Callers, callers, first_ids, gateway, read
from support.limits import until
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.limits import locks
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("processes")]
ORG = "GET /crm/v8/org"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=60, seed=1, profile="free", latency_ms=20) as running:
        yield running


async def busy(simulator: Simulator, calls: int) -> None:
    """Wait until so many more calls have been answered."""
    wanted = simulator.counters.statuses[200] + calls
    await until(lambda: simulator.counters.statuses[200] >= wanted)


async def test_three_processes_stay_within_the_limit_of_the_edition_and_share_it(
    settings: Settings, simulator: Simulator
) -> None:
    three = [Callers(settings, "get"), Callers(settings, "get"), Callers(settings, "bulk")]
    with callers(*three):
        await busy(simulator, 400)
        ends = [await anyio.to_thread.run_sync(process.stop) for process in three]
    assert simulator.counters.peak_concurrency == 5
    assert simulator.counters.statuses[429] == 0
    assert simulator.counters.routes[ORG] == 1
    assert all(set(counted) == {"ok"} and counted["ok"] > 20 for counted in ends)


async def test_heavy_calls_of_all_processes_stay_within_their_own_limit(database_url: str, tmp_path: Path) -> None:
    with Simulator(accounts=60, seed=1, profile="ultimate", latency_ms=50) as simulator:
        settings = settings_for(simulator, database_url, tmp_path)
        three = [Callers(settings, "write"), Callers(settings, "write"), Callers(settings, "get")]
        with callers(*three):
            await busy(simulator, 300)
            ends = [await anyio.to_thread.run_sync(process.stop) for process in three]
        assert simulator.counters.statuses[429] == 0
        assert 10 < simulator.counters.peak_concurrency <= 25
        assert all(set(counted) == {"ok"} for counted in ends)


async def test_the_places_of_a_killed_process_go_to_the_others(
    settings: Settings, simulator: Simulator, database: Database
) -> None:
    killed, left = Callers(settings), Callers(settings)
    with callers(killed, left):
        await busy(simulator, 200)
        async with gateway(settings) as opened:
            ids = await first_ids(CrmApi(opened.gateway))
            assert opened.finder.found is not None
            number = locks.class_of(opened.finder.found.organisation.key)
            await anyio.to_thread.run_sync(killed.kill)
            with database.connection() as db:
                await until(lambda: locks.others(db, number) == 2)
            await read(CrmApi(opened.gateway), ids)
        await busy(simulator, 50)
        await anyio.to_thread.run_sync(left.stop)
    assert simulator.counters.peak_concurrency <= 5 + simulator.counters.statuses[0]


async def test_a_person_is_answered_while_two_processes_work_on_jobs(settings: Settings, simulator: Simulator) -> None:
    jobs = [Callers(settings, "bulk", 20), Callers(settings, "bulk", 20)]
    with callers(*jobs):
        await busy(simulator, 100)
        async with gateway(settings) as opened:
            api = CrmApi(opened.gateway)
            ids = await first_ids(api)
            before = simulator.counters.statuses[200]
            for _ in range(20):
                await read(api, ids)
            others = simulator.counters.statuses[200] - before - 20
    assert others < 20 * 15
    assert simulator.counters.peak_concurrency <= 5


async def test_the_setting_wins_over_the_edition(settings: Settings, simulator: Simulator) -> None:
    settings = settings.model_copy(update={"max_concurrency": 2})
    settings.model_fields_set.add("max_concurrency")
    two = [Callers(settings), Callers(settings)]
    with callers(*two):
        await busy(simulator, 100)
        for process in two:
            await anyio.to_thread.run_sync(process.stop)
    assert simulator.counters.peak_concurrency == 2


async def test_a_429_of_zoho_slows_down_the_process_that_did_not_meet_it(
    settings: Settings, simulator: Simulator
) -> None:
    async with gateway(settings) as one, gateway(settings) as other:
        apis = [CrmApi(one.gateway), CrmApi(other.gateway)]
        ids = [await first_ids(api) for api in apis]
        simulator.faults.add("GET /crm/v8/{module}/{id}", status=429, headers={"Retry-After": "0.3"})
        async with anyio.create_task_group() as group:
            group.start_soon(partial(read, apis[0], ids[0]))
            budget = other.finder.found
            assert budget is not None
            await until(lambda: budget.throttle.since > float("-inf"))
            assert budget.throttle.allowed(budget.throttle.until) < 5
            await read(apis[1], ids[1])
    refused = next(entry for entry in simulator.requests if entry.status == 429)
    later = [entry for entry in simulator.requests if entry.started > refused.started]
    assert all(entry.started - refused.started > 0.25 for entry in later)
