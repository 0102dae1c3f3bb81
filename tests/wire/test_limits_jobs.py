"""A job keeps to its own share, and what it will cost is told before it starts."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import pytest

from support.bulk import hands
from support.callers import first_ids, gateway
from support.limits import until
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.health.limits import cost_of, report, with_costs
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi

pytestmark = pytest.mark.anyio
PUT = "PUT /crm/v8/{module}"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=1200, seed=1, profile="free", latency_ms=20) as running:
        yield running


async def changes(api: CrmApi, count: int) -> list[Record]:
    records: list[Record] = []
    for page in range(1, count // 200 + 1):
        found = (await api.list_records("Accounts", ["Account_Name"], per_page=200, page=page)).data
        records += [{"id": row["id"], "Health_Score": 7} for row in found]
    return records


async def test_a_job_never_takes_the_last_place(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings, concurrency=10) as here:
        records = await changes(here.api, 1200)
        job = await here.bulk.update("Accounts", records)
    assert (job.state, job.succeeded) == ("succeeded", 1200)
    assert simulator.counters.peak_concurrency == 4


async def test_a_person_is_served_in_the_middle_of_a_job(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings, concurrency=10) as here, anyio.create_task_group() as group:
        records = await changes(here.api, 1200)
        group.start_soon(here.bulk.update, "Accounts", records)
        await until(lambda: simulator.counters.routes[PUT] > 0)
        assert await here.values([str(records[0]["id"])], "Account_Name")
        assert simulator.counters.routes[PUT] < 12


async def test_a_planned_job_tells_its_price_and_costs_no_more(
    settings: Settings, simulator: Simulator, database: Database
) -> None:
    async with hands(settings) as here:
        job = await here.bulk.update("Accounts", await changes(here.api, 400), dry_run=True)
        planned = cost_of(job, left=1000)
        assert (planned.calls, planned.credits, planned.credits_left_after) == (8, 44, 956)
        before = simulator.counters.credits
        await here.jobs.run(job.job_id)
        assert simulator.counters.credits - before == planned.credits
    async with gateway(settings) as opened:
        await first_ids(CrmApi(opened.gateway))
        assert opened.finder.found is not None
        limits = with_costs(await report(database, opened.finder.found), [job])
    assert (limits.edition, limits.credits.per_day, limits.calls_at_once.limit) == ("free", 5000, 5)
    assert limits.credits.left == pytest.approx(5000 - simulator.counters.credits, abs=3)
    assert limits.planned_jobs is not None
    assert limits.planned_jobs[0].credits == 44
    assert "5,000 API credits" in str(limits)
