"""A job that waits for Zoho says so, and is stopped all the same."""

from __future__ import annotations

import anyio
import pytest

from support.bulk import hands, some_ids
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

UPDATE = "PUT /crm/v8/{module}"


async def test_a_job_that_is_throttled_says_so_and_stops_when_it_is_asked_to(
    settings: Settings, simulator: Simulator
) -> None:
    waiting, stopped = anyio.Event(), anyio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await stopped.wait()

    async with hands(settings, sleep=sleep) as here:
        ids = await some_ids(here.api, 2)
        throttling = simulator.faults.add(UPDATE, "status", status=429, count=None)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 7} for each in ids], dry_run=True)
        async with anyio.create_task_group() as calls:
            calls.start_soon(here.jobs.run, job.job_id)
            with anyio.fail_after(30):
                await waiting.wait()
            told = await here.jobs.get(job.job_id)
            assert (told.state, told.seconds_left) == ("running", None)
            assert "takes no more calls" in (told.trouble or "")
            stopped.set()
            cancelled = await here.jobs.cancel(job.job_id)
        assert (cancelled.state, cancelled.pending, cancelled.trouble) == ("cancelled", 2, None)
        throttling.count = 0
        assert (await here.jobs.resume(job.job_id)).succeeded == 2
    assert throttling.hits
