"""Single records through the official SDK: read, created, changed, deleted, and settled when an answer is lost."""

from __future__ import annotations

import json

import pytest

from support.bulk import Hands, hands, some_ids
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
    UnknownOutcomeError,
)
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

UPDATE = "PUT /crm/v8/{module}/{id}"


def sent(simulator: Simulator, method: str) -> list[object]:
    return [json.loads(entry.body)["data"] for entry in simulator.requests if entry.method == method]


async def first(here: Hands) -> str:
    return (await some_ids(here.api, 1))[0]


async def test_a_record_is_flat_and_holds_no_nulls_and_no_dollar_keys(settings: Settings) -> None:
    async with hands(settings) as here:
        record = (await here.records.get("Accounts", await first(here))).record
    assert isinstance(record["id"], str)
    assert set(record["Owner"]) == {"id", "name"}  # type: ignore[arg-type]
    assert not [name for name in record if name.startswith("$")]
    assert None not in record.values()


async def test_fields_may_be_named_by_label_in_any_case(settings: Settings) -> None:
    async with hands(settings) as here:
        found = await here.records.get("accounts", await first(here), ["account name", "HEALTH_SCORE"])
    assert set(found.record) == {"id", "Account_Name", "Health_Score"}


async def test_an_unknown_id_is_not_found(settings: Settings) -> None:
    async with hands(settings) as here:
        with pytest.raises(NotFoundError, match="There is no record 77 in Accounts"):
            await here.records.get("Accounts", "77")
        with pytest.raises(NotFoundError, match="There is no record 77 in Accounts"):
            await here.records.update("Accounts", "77", {"Health_Score": 1})


async def test_an_update_answers_before_and_after_as_zoho_holds_it(settings: Settings) -> None:
    async with hands(settings) as here:
        one = await first(here)
        (before,) = await here.values([one], "Health_Score")
        changed = (
            await here.records.update("Accounts", one, {"health score": "85", "Account Status": "active"})
        ).changed
        assert (changed["Health_Score"].before, changed["Health_Score"].after) == (before, 85)
        assert changed["Account_Status"].after == "Active"


@pytest.mark.parametrize(
    "values", [{"Nope": 1}, {"Account_Status": "Nope"}, {"Health_Score": "many"}, {"Created_Time": "2025-01-01"}, {}]
)
async def test_a_bad_value_is_refused_before_anything_is_sent(
    settings: Settings, simulator: Simulator, values: dict[str, str]
) -> None:
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError):
            await here.records.update("Accounts", await first(here), values)
    assert sent(simulator, "PUT") == []


async def test_another_records_id_among_the_values_is_refused_and_its_own_is_no_change(
    settings: Settings,
) -> None:
    async with hands(settings) as here:
        one, other = await some_ids(here.api, 2)
        with pytest.raises(InvalidInputError, match="the id of another record"):
            await here.records.update("Accounts", one, {"id": other, "Fax": "1"})
        assert set((await here.records.update("Accounts", one, {"id": one, "Fax": "1"})).changed) == {"Fax"}


@pytest.mark.parametrize("kind", ["reset_after", "truncated", "empty"])
async def test_an_update_whose_answer_is_lost_is_read_back_and_told_as_made(
    settings: Settings, simulator: Simulator, kind: str
) -> None:
    async with hands(settings) as here:
        one = await first(here)
        simulator.faults.add(UPDATE, kind)
        updated = await here.records.update("Accounts", one, {"Health_Score": 85})
    assert updated.changed["Health_Score"].after == 85
    assert len(sent(simulator, "PUT")) == 1


async def test_an_update_that_never_arrived_is_told_as_not_made(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        one = await first(here)
        await here.api.update("Accounts", one, {"Health_Score": 1})
        simulator.faults.add(UPDATE, "reset_before")
        with pytest.raises(UnavailableError, match="did not make the change"):
            await here.records.update("Accounts", one, {"Health_Score": 85})
        assert await here.values([one], "Health_Score") == [1]


async def test_a_create_whose_answer_is_lost_is_never_repeated(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        simulator.faults.add("POST /crm/v8/{module}", "reset_after")
        with pytest.raises(UnknownOutcomeError):
            await here.records.create("Accounts", {"Account_Name": "Once"})
        found = (await here.api.coql("select id from Accounts where Account_Name = 'Once' limit 9")).data
    assert len(found) == 1


async def test_a_created_record_can_be_read_and_deleted(settings: Settings) -> None:
    async with hands(settings) as here:
        made = await here.records.create("Accounts", {"Account Name": 'O\'Neil (Söhne), "A\\B" 株式会社'})
        assert made.record["Account_Name"] == 'O\'Neil (Söhne), "A\\B" 株式会社'
        assert (await here.records.delete("Accounts", made.record_id)).deleted
        with pytest.raises(NotFoundError):
            await here.records.get("Accounts", made.record_id)


async def test_a_value_that_another_record_holds_is_a_conflict_that_names_it(settings: Settings) -> None:
    async with hands(settings) as here:
        first_id, second = await some_ids(here.api, 2)
        (taken,) = await here.values([first_id], "External_Id")
        with pytest.raises(ConflictError, match=f"record {first_id} has it"):
            await here.records.update("Accounts", second, {"External_Id": str(taken)})


async def test_a_list_walks_to_its_end_without_loss_or_repeats(settings: Settings) -> None:
    async with hands(settings) as here:
        seen: list[str] = []
        cursor = ""
        while True:
            page = await here.records.list("Accounts", limit=25, cursor=cursor, fields=["Account_Name"])
            seen += [str(record["id"]) for record in page.records]
            cursor = page.next_cursor
            assert page.more_records == bool(cursor)
            if not cursor:
                break
        assert len(seen) == len(set(seen)) == 60


async def test_a_list_can_be_sorted_by_what_zoho_sorts_by_and_by_nothing_else(settings: Settings) -> None:
    async with hands(settings) as here:
        page = await here.records.list(
            "Accounts", limit=60, sort_by="modified time", sort_order="asc", fields=["Modified_Time"]
        )
        times = [record["Modified_Time"] for record in page.records]
        assert times == sorted(times, key=str)
        with pytest.raises(InvalidInputError, match="cannot be sorted by Account_Name"):
            await here.records.list("Accounts", sort_by="Account Name")
