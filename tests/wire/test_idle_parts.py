"""What closes because nobody has used it for long has left nothing undone, over the real parts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from support.issuing import Clock
from support.queued import rows
from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.models import Record
from zohocrm_mcp.open_connections import IDLE_SECONDS
from zohocrm_mcp.parts import open_parts
from zohocrm_mcp.services import Services
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.tenants import Tenants
from zohocrm_mcp.uses import Uses

pytestmark = pytest.mark.anyio

UPDATE = "PUT /crm/v8/{module}"


@pytest.fixture
async def tenants(settings: Settings, clock: Clock) -> AsyncIterator[Tenants]:
    """A process of another connection, which has the signed-in one for a tenant."""
    quick = settings.model_copy(update={"call_seconds": 0.01})
    made = create_app(quick, connection="own")[1]
    made.uses = Uses(clock)
    async with made.lifespan(None):
        yield made


async def after_long(tenants: Tenants, clock: Clock) -> Services | None:
    """What is open of the tenant when nobody has used it for long."""
    with tenants.uses.held(DEFAULT):
        pass
    clock.now += IDLE_SECONDS
    await tenants.close_idle()
    return tenants.of(DEFAULT).opened


async def changes(crm: Services, score: int) -> list[Record]:
    page = await crm.records.list("Accounts", limit=20)
    return [{"id": record["id"], "Health_Score": score} for record in page.records]


async def test_the_next_call_finds_everything_as_it_was(tenants: Tenants, clock: Clock) -> None:
    before = await (await tenants.of(DEFAULT).services()).records.list("Accounts", limit=3)
    assert await after_long(tenants, clock) is None
    after = await (await tenants.of(DEFAULT).services()).records.list("Accounts", limit=3)
    assert (after.count, after.records) == (3, before.records)


async def test_a_job_that_outlasts_its_call_is_done_before_anything_closes(
    tenants: Tenants, clock: Clock, simulator: Simulator
) -> None:
    crm = await tenants.of(DEFAULT).services()
    simulator.faults.add(UPDATE, "delay", seconds=60)
    job = await crm.bulk.update("Accounts", await changes(crm, 5))
    assert job.state in {"queued", "running"}
    assert await after_long(tenants, clock) is crm
    simulator.faults.clear()
    with anyio.fail_after(60):
        while (job := await crm.jobs.get(job.job_id)).state in {"queued", "running"} or crm.jobs.under_way:  # noqa: ASYNC110 -- as a client asks
            await anyio.sleep(0.05)
    assert job.state == "succeeded"
    assert await after_long(tenants, clock) is None


async def test_what_is_queued_for_a_closed_connection_is_done_all_the_same(
    tenants: Tenants, clock: Clock, settings: Settings
) -> None:
    await tenants.of(DEFAULT).services()
    assert await after_long(tenants, clock) is None
    elsewhere, close = await open_parts(settings, attend=False)
    job = await elsewhere.bulk.update("Accounts", await changes(elsewhere, 6), background=True)
    with anyio.fail_after(60):
        while (job := await elsewhere.jobs.get(job.job_id)).state in {"queued", "running"}:  # noqa: ASYNC110 -- as a client asks
            await anyio.sleep(0.05)
    await close()
    assert (job.state, job.succeeded) == ("succeeded", 20)
    assert tenants.of(DEFAULT).opened


async def test_at_the_end_nobody_attends_any_more(settings: Settings) -> None:
    tenants = create_app(settings, connection="own")[1]
    async with tenants.lifespan(None):
        await tenants.of(DEFAULT).services()
        with anyio.fail_after(60):
            while rows(settings, "SELECT count(*) FROM procrastinate_workers") != [(1,)]:  # noqa: ASYNC110 -- nothing announces it
                await anyio.sleep(0.05)
    assert rows(settings, "SELECT count(*) FROM procrastinate_workers") == [(0,)]
