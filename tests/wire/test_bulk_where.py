"""Changes by condition: what is found when the plan is made is what is changed when it is run."""

from __future__ import annotations

import pytest

from support.bulk import hands
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.bulk import finding
from zohocrm_mcp.services.search import service
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


async def test_every_record_that_fits_gets_the_values_and_no_other(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        fitting = (await here.api.coql("select id from Accounts where Industry = 'Technology' limit 200")).data
        planned = await here.bulk.update_where(
            "Accounts",
            {"Health Score": "999"},
            filters=[{"field": "industry", "op": "equals", "value": "technology"}],
            dry_run=True,
        )
        assert (planned.state, planned.total) == ("planned", len(fitting))
        assert simulator.counters.routes["PUT /crm/v8/{module}"] == 0
        done = await here.jobs.run(planned.job_id)
        assert (done.state, done.succeeded) == ("succeeded", len(fitting))
        changed = (await here.api.coql("select id from Accounts where Health_Score = 999 limit 200")).data
        assert {record["id"] for record in changed} == {record["id"] for record in fitting}


async def test_a_change_without_a_condition_is_refused(settings: Settings) -> None:
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError, match="There is no condition"):
            await here.bulk.update_where("Accounts", {"Health_Score": 1})


async def test_a_condition_that_finds_nothing_is_told(settings: Settings) -> None:
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError, match="No record of Accounts meets the condition; nothing was changed"):
            await here.bulk.update_where("Accounts", {"Health_Score": 1}, criteria="Health_Score:equals:123456789")


async def test_a_change_of_nothing_is_refused(settings: Settings) -> None:
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError, match="values is empty"):
            await here.bulk.update_where("Accounts", {}, criteria="Industry:equals:Energy")


@pytest.mark.parametrize("op", ["equals", "not_equal"])
async def test_a_condition_without_its_value_is_refused(settings: Settings, op: str) -> None:
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError, match=f"The filter {op} on 'Industry' has no value"):
            await here.bulk.update_where("Accounts", {"Health_Score": 1}, filters=[{"field": "Industry", "op": op}])


async def test_a_condition_that_finds_too_many_is_refused_at_the_first_one(
    settings: Settings, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MAX_RECORDS", 10)
    monkeypatch.setattr(service, "MOST_RECORDS", 5)
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError, match="More than 10 records of Accounts meet the condition"):
            await here.bulk.update_where("Accounts", {"Health_Score": 1}, criteria="id is not null")
    assert simulator.counters.routes["POST /crm/v8/coql"] == 3
