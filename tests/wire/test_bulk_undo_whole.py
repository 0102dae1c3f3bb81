"""Undo claims no more than it did, and every kind of field is set back or refused before it is changed."""

from __future__ import annotations

import pytest

from support.bulk import hands, some_ids
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import ConflictError, InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.bulk import plan
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

UPDATE = "PUT /crm/v8/{module}"
SIGNED_OUT = {"code": "OAUTH_SCOPE_MISMATCH", "status": "error"}


async def test_the_undo_of_a_part_leaves_the_rest_to_be_undone(
    settings: Settings, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "CHUNK", 10)
    async with hands(settings, concurrency=1) as here:
        ids = await some_ids(here.api, 30)
        before = await here.values(ids, "Health_Score")
        simulator.faults.add(UPDATE, "status", status=401, body=SIGNED_OUT, skip=1)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 999} for each in ids])
        assert (job.succeeded, job.pending) == (10, 20)
        undo = await here.jobs.undo(job.job_id, dry_run=True)
        await here.jobs.resume(job.job_id)
        assert (await here.jobs.run(undo.job_id)).succeeded == 10
        assert (await here.jobs.get(job.job_id)).undo_available
        await here.jobs.undo(job.job_id)
        assert await here.values(ids, "Health_Score") == before
        assert (await here.jobs.get(job.job_id)).state == "undone"


async def test_a_job_that_was_undone_before_its_end_cannot_be_resumed_and_says_so(
    settings: Settings, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "CHUNK", 10)
    async with hands(settings, concurrency=1) as here:
        ids = await some_ids(here.api, 20)
        simulator.faults.add(UPDATE, "status", status=401, body=SIGNED_OUT, skip=1)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 999} for each in ids])
        await here.jobs.undo(job.job_id)
        with pytest.raises(ConflictError, match="is undone and has nothing to go on with"):
            await here.jobs.resume(job.job_id)


async def test_a_record_found_by_a_number_has_a_before_image(settings: Settings) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        await here.api.update("Accounts", one, {"Annual_Revenue": 5.0})
        before = await here.values([one], "Account_Name")
        job = await here.bulk.upsert(
            "Accounts", [{"Account_Name": "By number", "Annual_Revenue": 5}], ["Annual_Revenue"]
        )
        assert await here.values([one], "Account_Name") == ["By number"]
        assert (await here.jobs.undo(job.job_id)).state == "succeeded"
        assert await here.values([one], "Account_Name") == before


async def test_what_only_zoho_has_found_is_left_alone_by_an_undo_and_told(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        name = str((await here.values([one], "Account_Name"))[0])
        simulator.faults.add("POST /crm/v8/coql", "status", status=204)
        job = await here.bulk.upsert("Accounts", [{"Account_Name": name, "Health_Score": 1}], ["Account_Name"])
        assert job.succeeded == 1
        undo = await here.jobs.undo(job.job_id)
        assert (undo.state, [each.code for each in undo.failures]) == ("failed", ["NO_BEFORE_IMAGE"])
        assert (await here.jobs.get(job.job_id)).state == "succeeded"


async def test_tags_are_read_back_and_set_back(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        await here.api.update("Accounts", one, {"Tag": [{"name": "Old"}]})
        simulator.faults.add(UPDATE, "reset_after")
        job = await here.bulk.update("Accounts", [{"id": one, "Tag": ["New", "Two"]}])
        assert (job.state, job.succeeded) == ("succeeded", 1)
        assert (await here.jobs.undo(job.job_id)).state == "succeeded"
        assert [tag["name"] for tag in await here.tags(one)] == ["Old"]


@pytest.mark.parametrize("way", ["update", "upsert", "where"])
async def test_a_field_that_lists_do_not_show_is_refused_by_a_job(
    settings: Settings, simulator: Simulator, way: str
) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        values: Record = {"Contracts": [{"Product": "Once", "Quantity": 1}]}
        if way == "where":
            with pytest.raises(InvalidInputError, match="Contracts is of type subform"):
                await here.bulk.update_where("Accounts", values, criteria=f"id = '{one}'")
        elif way == "update":
            job = await here.bulk.update("Accounts", [{"id": one, **values}])
            assert [each.code for each in job.failures] == ["NOT_ALLOWED"]
        else:
            job = await here.bulk.upsert("Accounts", [{"Account_Name": "X", **values}], ["Account_Name"])
            assert [each.field for each in job.failures] == ["Contracts"]
    assert simulator.counters.routes[UPDATE] == simulator.counters.routes["POST /crm/v8/{module}/upsert"] == 0


@pytest.mark.parametrize("check", ["Product_Interests", "Parent_Account", "Owner", "Newsletter", "Tag", "Industry"])
async def test_records_are_not_found_by_lists_lookups_or_switches(settings: Settings, check: str) -> None:
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError, match=f"{check} is of type"):
            await here.bulk.upsert("Accounts", [{"Account_Name": "X", "Product_Interests": ["CRM"]}], [check])


async def test_an_upsert_of_a_record_with_an_id_is_refused_and_not_made_without_it(settings: Settings) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        job = await here.bulk.upsert("Accounts", [{"id": one, "Account_Name": "Renamed"}], ["Account_Name"])
        assert [(each.row, each.field) for each in job.failures] == [(1, "id")]
