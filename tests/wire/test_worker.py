"""`zohocrm-mcp worker`: takes up what is queued, and ends politely."""

from __future__ import annotations

import signal

import anyio.to_thread
import pytest

from support.bulk import ended, hands, some_ids
from support.processes import process
from zohocrm_mcp.config import Settings

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
