"""Writes whose answer was lost and whose reading back was cut short: what the records held before them is not lost."""

from __future__ import annotations

import anyio
import pytest

from support.bulk import hands, some_ids
from support.queued import rows
from zohocrm_mcp.config import Settings
from zohocrm_mcp.models import Record
from zohocrm_mcp.observe import writes
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

UPDATE, UPSERT = "PUT /crm/v8/{module}", "POST /crm/v8/{module}/upsert"
LIST, COQL = "GET /crm/v8/{module}", "POST /crm/v8/coql"
SIGNED_OUT = {"code": "OAUTH_SCOPE_MISMATCH", "status": "error"}


async def test_an_update_in_doubt_when_the_sign_in_ends_keeps_its_before_image_for_undo(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 2)
        before = await here.values(ids, "Health_Score")
        simulator.faults.add(UPDATE, "reset_after")
        simulator.faults.add(LIST, "status", status=401, body=SIGNED_OUT, skip=1)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 77} for each in ids])
        assert (job.state, job.pending) == ("failed", 2)
        assert (await here.jobs.resume(job.job_id)).state == "succeeded"
        assert (await here.jobs.undo(job.job_id)).state == "succeeded"
        assert await here.values(ids, "Health_Score") == before
    assert simulator.counters.routes[UPDATE] == 2


async def test_a_record_created_in_doubt_when_the_sign_in_ends_is_known_as_created(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        simulator.faults.add(UPSERT, "reset_after")
        simulator.faults.add(COQL, "status", status=401, body=SIGNED_OUT, skip=1)
        job = await here.bulk.upsert("Accounts", [{"Account_Name": "Fresh"}], ["Account_Name"])
        assert (job.state, job.pending) == ("failed", 1)
        assert (await here.jobs.resume(job.job_id)).succeeded == 1
        assert (await here.jobs.undo(job.job_id)).succeeded == 1
        assert (await here.api.coql("select id from Accounts where Account_Name = 'Fresh' limit 9")).data == []


async def test_a_job_that_is_cancelled_after_its_worker_was_killed_says_what_the_worker_had_written(
    settings: Settings,
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 3)
        before = await here.values(ids, "Health_Score")
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 66} for each in ids], dry_run=True)
        await here.api.update_many("Accounts", [{"id": each, "Health_Score": 66} for each in ids])
        rows(settings, "UPDATE bulk_jobs SET state = 'running', run = 1 RETURNING 1")
        rows(settings, "UPDATE bulk_chunks SET state = 'sending', claimed_at = now() RETURNING 1")
        cancelled = await here.jobs.cancel(job.job_id)
        assert (cancelled.succeeded, cancelled.pending) == (3, 0)
        await here.jobs.undo(job.job_id)
        assert await here.values(ids, "Health_Score") == before


async def test_an_answer_that_does_not_tell_of_every_record_is_settled_by_reading_back(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 3)
        good = {"code": "SUCCESS", "status": "success", "details": {"id": ids[0]}}
        simulator.faults.add(UPDATE, "status", status=200, after=True, body={"data": [good]})
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 77} for each in ids])
        assert (job.state, job.succeeded) == ("succeeded", 3)
    assert simulator.counters.routes[UPDATE] == 1


async def test_a_job_whose_worker_was_killed_after_its_last_chunk_is_ended_by_resume(settings: Settings) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 3)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 66} for each in ids])
        rows(settings, "UPDATE bulk_jobs SET state = 'running', ended_at = NULL RETURNING 1")
        resumed = await here.jobs.resume(job.job_id)
        assert (resumed.state, resumed.succeeded, resumed.undo_available) == ("succeeded", 3, True)


async def test_a_fault_of_ours_ends_a_job_once_and_says_so(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        simulator.faults.add(LIST, "status", status=200, body={"data": [{"Health_Score": 1}], "info": {}})
        job = await here.bulk.update("Accounts", [{"id": one, "Health_Score": 77}])
        assert (job.state, job.pending) == ("failed", 1)
        assert job.trouble is not None
        assert "resume_job" in job.trouble
        assert (await here.jobs.resume(job.job_id)).state == "succeeded"


async def test_a_deletion_without_an_answer_that_cannot_be_read_back_at_once_ends_as_done(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        job = await here.bulk.upsert(
            "Accounts", [{"Account_Name": "Gone 1"}, {"Account_Name": "Gone 2"}], ["Account_Name"]
        )
        simulator.faults.add("DELETE /crm/v8/{module}", "reset_after")
        simulator.faults.add(LIST, "status", status=500, count=6, skip=1)
        undo = await here.jobs.undo(job.job_id)
        assert (undo.state, undo.succeeded) == ("succeeded", 2)


async def test_a_write_that_a_server_no_longer_waits_for_when_it_ends_keeps_its_before_image(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings.model_copy(update={"read_timeout": 2})) as here:
        (one,) = await some_ids(here.api, 1)
        before = await here.values([one], "Health_Score")
        hanging = simulator.faults.add(UPDATE, "hang", after=True)
        async with anyio.create_task_group() as calls:
            with writes.counted() as sent:
                records: list[Record] = [{"id": one, "Health_Score": 66}]
                calls.start_soon(here.bulk.update, "Accounts", records)
            with anyio.fail_after(10):
                while not hanging.hits or stored(simulator, one) != 66:  # noqa: ASYNC110 -- of another thread
                    await anyio.sleep(0.01)
            sent.give_up()
            await here.background.close()
            calls.cancel_scope.cancel()
        (job,) = (await here.jobs.list()).jobs
    async with hands(settings) as here:
        assert (await here.jobs.resume(job.job_id)).succeeded == 1
        await here.jobs.undo(job.job_id)
        assert await here.values([one], "Health_Score") == before
    assert simulator.counters.routes[UPDATE] == 2


def stored(simulator: Simulator, record_id: str) -> object:
    return simulator.state.tables["Accounts"].value(int(record_id), "Health_Score")
