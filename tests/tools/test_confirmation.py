"""A person says yes before something is deleted or changed by condition; anything but a yes is a no."""

from __future__ import annotations

from typing import Any

import pytest

from support.clients import ERAS, EVERY_TOOLSET, Era, Person, call, client, first_account
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
DELETE = "DELETE /crm/v8/{module}/{id}"
WHERE = {"values": {"Health_Score": 5}, "criteria": "Industry:equals:Technology", "dry_run": False}


@pytest.mark.parametrize("era", ERAS)
async def test_a_yes_lets_the_deletion_through(settings: Settings, era: Era) -> None:
    person = Person("accept")
    async with client(settings, era, person) as connected:
        account = await first_account(connected)
        assert await call(connected, "delete_account", account_id=account) == {"record_id": account, "deleted": True}
        assert (await call(connected, "get_account", account_id=account))["error"]["kind"] == "not_found"
    assert len(person.asked) == 1
    assert account in person.asked[0]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "person",
    [Person("decline"), Person("cancel"), Person("accept", confirm=False)],
    ids=["declined", "closed", "answered no"],
)
async def test_anything_but_a_yes_leaves_everything_as_it_was(
    settings: Settings, simulator: Simulator, era: Era, person: Person
) -> None:
    async with client(settings, era, person) as connected:
        account = await first_account(connected)
        refused = await call(connected, "delete_account", account_id=account)
        assert refused["error"]["kind"] == "not_allowed"
        assert "nothing was changed" in refused["error"]["message"]
        assert (await call(connected, "get_account", account_id=account))["record"]["id"] == account
    assert simulator.counters.routes[DELETE] == 0


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_cannot_ask_gets_a_preview_and_a_token_that_goes_through_once(
    settings: Settings, simulator: Simulator, era: Era
) -> None:
    async with client(settings, era) as connected:
        account = await first_account(connected)
        shown = await call(connected, "delete_account", account_id=account)
        assert set(shown) == {"preview", "confirm_token"}
        assert simulator.counters.routes[DELETE] == 0
        token = shown["confirm_token"]
        assert (await call(connected, "delete_account", account_id=account, confirm_token=token))["deleted"]
        again = await call(connected, "delete_account", account_id=account, confirm_token=token)
        assert again["error"]["kind"] == "not_found"
    assert simulator.counters.routes[DELETE] == 1


async def test_a_token_is_spent_by_its_first_use(settings: Settings) -> None:
    async with client(settings, "auto") as connected:
        shown = await call(connected, "update_accounts_where", **WHERE)
        token = shown["confirm_token"]
        assert (await call(connected, "update_accounts_where", **WHERE, confirm_token=token))["state"] == "succeeded"
        again = await call(connected, "update_accounts_where", **WHERE, confirm_token=token)
        assert "used already" in again["error"]["message"]


async def test_a_token_is_for_its_own_arguments_tool_and_records_only(settings: Settings) -> None:
    async with client(settings, "auto") as connected:
        one, two = (record["id"] for record in (await call(connected, "get_accounts", limit=2))["records"])
        token = (await call(connected, "delete_account", account_id=one))["confirm_token"]
        for refused in (
            await call(connected, "delete_account", account_id=two, confirm_token=token),
            await call(connected, "delete_account", account_id=one, confirm_token=token[:-4] + "AAAA"),
            await call(connected, "update_accounts_where", **WHERE, confirm_token=token),
        ):
            assert refused["error"]["code"] == "INVALID_CONFIRMATION"
        token = (await call(connected, "update_accounts_where", **WHERE))["confirm_token"]
        await call(connected, "create_account", values={"Account_Name": "One more", "Industry": "Technology"})
        grown = await call(connected, "update_accounts_where", **WHERE, confirm_token=token)
        assert "has changed since" in grown["error"]["message"]


async def test_a_token_of_one_process_goes_through_in_another_on_the_same_database(settings: Settings) -> None:
    async with client(settings, "auto") as here, client(settings, "auto") as there:
        account = await first_account(here)
        token = (await call(here, "delete_account", account_id=account))["confirm_token"]
        assert (await call(there, "delete_account", account_id=account, confirm_token=token))["deleted"]


async def test_a_plan_by_condition_is_confirmed_when_it_is_run_and_a_list_of_records_is_not(settings: Settings) -> None:
    person = Person("accept")
    async with client(settings, "auto", person) as connected:
        planned = await call(connected, "update_accounts_where", **{**WHERE, "dry_run": True})
        assert person.asked == []
        assert (await call(connected, "run_job", job_id=planned["job_id"]))["state"] == "succeeded"
        assert len(person.asked) == 1
        account = await first_account(connected)
        records = [{"id": account, "Health_Score": 9}]
        listed = await call(connected, "bulk_update_accounts", records=records, dry_run=True)
        await call(connected, "run_job", job_id=listed["job_id"])
        assert len(person.asked) == 1


async def test_an_undo_that_deletes_is_confirmed(settings: Settings) -> None:
    person = Person("decline")
    async with client(settings, "auto", person) as connected:
        rows = [{"Account_Name": "Made by the job"}]
        made = await call(connected, "bulk_upsert_accounts", records=rows, duplicate_check_fields=["Account_Name"])
        refused = await call(connected, "undo_job", job_id=made["job_id"])
        assert refused["error"]["kind"] == "not_allowed"
        assert "Delete 1 records" in person.asked[0]


@pytest.mark.parametrize(("mode", "questions"), [("never", 0), ("destructive", 0), ("writes", 1)])
async def test_the_mode_decides_whether_a_plain_update_is_asked(settings: Settings, mode: str, questions: int) -> None:
    person = Person("accept")
    async with client(settings.model_copy(update={"confirm": mode}), "auto", person) as connected:
        account = await first_account(connected)
        updated = await call(connected, "update_account", account_id=account, values={"Health_Score": 8})
        assert updated["changed"]["Health_Score"]["after"] == 8
    assert len(person.asked) == questions


async def test_mode_never_deletes_without_a_question(settings: Settings) -> None:
    async with client(settings.model_copy(update={"confirm": "never"}), "auto") as connected:
        account = await first_account(connected)
        assert (await call(connected, "delete_account", account_id=account))["deleted"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"values": {"Health_Score": 1}, "criteria": "Health_Score:equals:123456789"}, "No record of Accounts meets"),
        ({"values": {}, "criteria": "id is not null"}, "values is empty"),
    ],
)
async def test_nobody_is_asked_about_a_change_of_nothing(settings: Settings, given: dict[str, Any], said: str) -> None:
    person = Person("accept")
    async with client(settings, "auto", person) as connected:
        refused = await call(connected, "update_accounts_where", **given, dry_run=False)
    assert said in refused["error"]["message"]
    assert person.asked == []


async def test_a_get_of_any_path_is_not_asked_even_when_all_writes_are(settings: Settings) -> None:
    changed = {"confirm": "writes", "toolsets": tuple(EVERY_TOOLSET.split(","))}
    async with client(settings.model_copy(update=changed), "auto") as connected:
        assert (await call(connected, "zoho_request", path="/crm/v8/org"))["status"] == 200


async def test_a_dry_run_is_not_asked_even_when_all_writes_are(settings: Settings) -> None:
    async with client(settings.model_copy(update={"confirm": "writes"}), "auto") as connected:
        records = [{"id": await first_account(connected), "Health_Score": 9}]
        planned = await call(connected, "bulk_update_accounts", records=records, dry_run=True)
        assert planned["state"] == "planned"
