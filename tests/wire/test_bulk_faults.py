"""Nothing is lost and nothing is written twice: writes without an answer, throttling, sign-ins that end."""

from __future__ import annotations

import pytest

from support.bulk import hands, some_ids
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

UPDATE = "PUT /crm/v8/{module}"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503, "after": True},
        {"kind": "html"},
        {"kind": "html", "after": True},
        {"kind": "truncated"},
        {"kind": "empty"},
        {"kind": "status", "status": 429},
        {"kind": "token_revoked"},
    ],
    ids=lambda fault: f"{fault['kind']}_{fault.get('status', '')}{'_after' if fault.get('after') else ''}",
)
async def test_a_write_without_a_good_answer_is_read_back_and_ends_as_it_is_at_zoho(
    settings: Settings, simulator: Simulator, fault: dict[str, object]
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 4)
        simulator.faults.add(UPDATE, **fault)  # type: ignore[arg-type]
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 77} for each in ids])
        assert (job.state, job.succeeded) == ("succeeded", 4)
        assert await here.values(ids, "Health_Score") == [77] * 4
    assert simulator.faults.scripts[0].hits == 1


@pytest.mark.parametrize("after", [False, True], ids=["never made", "made"])
async def test_a_hanging_write_is_given_up_after_its_time_and_read_back(
    settings: Settings, simulator: Simulator, *, after: bool
) -> None:
    async with hands(settings.model_copy(update={"read_timeout": 4})) as here:
        ids = await some_ids(here.api, 2)
        simulator.faults.add(UPDATE, "hang", after=after)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 77} for each in ids])
        assert (job.state, job.succeeded) == ("succeeded", 2)
    assert simulator.counters.routes[UPDATE] == (1 if after else 2)


async def test_what_cannot_be_read_back_ends_as_unknown_outcome_listed_by_id(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 2)
        simulator.faults.add(UPDATE, "reset_after")
        simulator.faults.add("GET /crm/v8/{module}", "status", status=500, count=None, skip=1)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 77} for each in ids])
        assert (job.state, job.failed) == ("failed", 2)
        assert [(each.record_id, each.code) for each in job.failures] == [(each, "unknown_outcome") for each in ids]


async def test_throttling_that_does_not_end_is_reported_per_record_and_can_be_sent_again(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings, throttled_most=1) as here:
        (one,) = await some_ids(here.api, 1)
        simulator.faults.add(UPDATE, "status", status=429, count=None)
        job = await here.bulk.update("Accounts", [{"id": one, "Health_Score": 77}])
        assert (job.state, job.failed) == ("failed", 1)
        assert job.failures[0].code in {"rate_limited", "TOO_MANY_REQUESTS"}


async def test_a_sign_in_that_ends_in_the_middle_stops_the_job_and_resume_finishes_it(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings, concurrency=1) as here:
        ids = await some_ids(here.api, 3)
        simulator.faults.add(UPDATE, "status", status=401, body={"code": "OAUTH_SCOPE_MISMATCH", "status": "error"})
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 77} for each in ids])
        assert (job.state, job.pending) == ("failed", 3)
        assert job.trouble is not None
        assert "zohocrm-mcp auth login" in job.trouble
        resumed = await here.jobs.resume(job.job_id)
        assert (resumed.state, resumed.succeeded, resumed.pending) == ("succeeded", 3, 0)


async def test_a_locked_record_is_tried_again_without_holding_up_its_chunk(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        free, locked = await some_ids(here.api, 2)
        item = {"code": "RECORD_LOCKED", "details": {"id": locked}, "message": "locked", "status": "error"}
        good = {"code": "SUCCESS", "details": {"id": free}, "message": "record updated", "status": "success"}
        simulator.faults.add(UPDATE, "status", status=207, body={"data": [good, item]})
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 77} for each in (free, locked)])
        assert (job.state, job.succeeded) == ("succeeded", 2)
        assert await here.values([locked], "Health_Score") == [77]


@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
async def test_an_upsert_without_an_answer_makes_no_twins(settings: Settings, simulator: Simulator, kind: str) -> None:
    async with hands(settings) as here:
        simulator.faults.add("POST /crm/v8/{module}/upsert", kind)
        rows = [{"Account_Name": f"Once {n}"} for n in range(5)]
        job = await here.bulk.upsert("Accounts", rows, ["Account_Name"])  # type: ignore[arg-type]
        assert (job.state, job.succeeded) == ("succeeded", 5)
        found = (await here.api.coql("select id from Accounts where Account_Name like 'Once %' limit 99")).data
        assert len(found) == 5
