"""`zohocrm-mcp worker`: takes up what is queued, and ends politely."""

from __future__ import annotations

import signal

import anyio.to_thread
import pytest

from support.bulk import ended, hands, some_ids
from support.issuing import Clock
from support.processes import process
from zohocrm_mcp.cli.worker import open_connections
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.models import Record
from zohocrm_mcp.open_connections import IDLE_SECONDS
from zohocrm_mcp.shared import Shared
from zohocrm_mcp.uses import Uses

pytestmark = pytest.mark.anyio


async def test_a_worker_runs_what_is_queued_and_ends_with_exit_code_zero(settings: Settings) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 20)
        planned = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 77} for each in ids], dry_run=True)
        await here.store.move((await here.store.find(planned.job_id)).job_id, ["planned"], "queued")
        worker = process(settings, "zohocrm_mcp", "worker")
        try:
            job = await ended(here, planned.job_id)
            worker.send_signal(signal.SIGTERM)
            assert await anyio.to_thread.run_sync(worker.wait, 30) == 0
        finally:
            worker.kill()
            worker.communicate()
        assert (job.state, job.succeeded) == ("succeeded", 20)
        assert await here.values(ids, "Health_Score") == [77] * 20


async def test_a_connection_that_has_no_jobs_for_long_closes_and_opens_for_the_next_one(
    settings: Settings, clock: Clock
) -> None:
    shared = Shared(settings)
    connections = open_connections(settings, shared)
    connections.uses = Uses(clock)
    async with hands(settings) as here:
        ids = await some_ids(here.api, 20)
        for score in (5, 6):
            asked: list[Record] = [{"id": each, "Health_Score": score} for each in ids]
            job = await here.bulk.update("Accounts", asked, background=True)
            await connections.perform(DEFAULT, job.job_id)
            assert await here.values(ids, "Health_Score") == [score] * 20
            clock.now += IDLE_SECONDS
            await connections.close_idle()
            assert connections.of(DEFAULT).opened is None
    await anyio.to_thread.run_sync(shared.close)
