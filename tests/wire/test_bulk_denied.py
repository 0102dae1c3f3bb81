"""Jobs that were written down before the settings denied one of their fields."""

from __future__ import annotations

import json

import pytest

from support.bulk import hands, some_ids
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
BEFORE, SENT, NOW = 111_111, 222_222, 333_333


@pytest.mark.parametrize("name", ["Accounts.Annual_Revenue", "Accounts.Annual Revenue"])
async def test_a_plan_of_a_field_that_is_denied_by_now_is_neither_shown_nor_done(
    settings: Settings, simulator: Simulator, name: str
) -> None:
    async with hands(settings) as here:
        one, other = await some_ids(here.api, 2)
        simulator.put("Accounts", one, Annual_Revenue=BEFORE)
        job = await here.bulk.update(
            "Accounts", [{"id": one, "Annual_Revenue": SENT}, {"id": other, "Health_Score": 7}], dry_run=True
        )
    async with hands(settings.model_copy(update={"fields_deny": (name,)})) as here:
        shown = (await here.jobs.get(job.job_id)).model_dump_json()
        assert not [secret for secret in (str(BEFORE), str(SENT), "Annual") if secret in shown]
        done = await here.jobs.run(job.job_id)
        assert (done.succeeded, [each.code for each in done.failures]) == (1, ["NOT_ALLOWED"])
    assert simulator.state.tables["Accounts"].value(int(one), "Annual_Revenue") == BEFORE


async def test_no_value_is_told_while_it_is_not_known_which_fields_are_denied(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        (record,) = (await here.api.get_record("Accounts", one, ["Owner"])).data
        job = await here.bulk.update(
            "Accounts", [{"id": one, "Owner": record["Owner"], "Health_Score": SENT}], dry_run=True
        )
        assert '"Owner"' in job.model_dump_json()
    metadata = simulator.faults.add("GET /crm/v8/settings/fields", "status", status=500, count=None)
    async with hands(settings.model_copy(update={"fields_deny": ("Accounts.Account Owner",)})) as here:
        shown = (await here.jobs.get(job.job_id)).model_dump_json()
    assert metadata.hits
    assert job.job_id in shown
    assert '"Owner"' not in shown


async def test_an_undo_leaves_a_field_alone_that_is_denied_by_now(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        simulator.put("Accounts", one, Annual_Revenue=BEFORE)
        job = await here.bulk.update("Accounts", [{"id": one, "Annual_Revenue": SENT}])
        simulator.put("Accounts", one, Annual_Revenue=NOW)
        told = await here.jobs.undo(job.job_id)
        assert str(NOW) in told.failures[0].message
    async with hands(settings.model_copy(update={"fields_deny": ("Accounts.Annual_Revenue",)})) as here:
        shown = (await here.jobs.whole(told.job_id)).model_dump_json()
        assert not [secret for secret in (str(BEFORE), str(SENT), str(NOW), "Annual") if secret in shown]
        undo = await here.jobs.undo(job.job_id)
        assert [each.code for each in undo.failures] == ["NOT_ALLOWED"]
    assert simulator.state.tables["Accounts"].value(int(one), "Annual_Revenue") == NOW


async def test_a_plan_does_not_tell_a_denied_name_through_a_lookup(settings: Settings) -> None:
    async with hands(settings.model_copy(update={"fields_deny": ("Accounts.Account_Name",)})) as here:
        one, parent = await some_ids(here.api, 2)
        (name,) = await here.values([parent], "Account_Name")
        await here.api.update("Accounts", one, {"Parent_Account": {"id": parent}})
        job = await here.bulk.update("Accounts", [{"id": one, "Parent_Account": None}], dry_run=True)
        shown = json.dumps(job.model_dump(mode="json"), ensure_ascii=False)
        assert parent in shown
        assert str(name) not in shown
