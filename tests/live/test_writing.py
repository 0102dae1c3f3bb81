"""Accounts created, changed, put in where they are missing, and deleted: the shape of every outcome."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from live.crm import Crm, id_of
from zohocrm_mcp.errors import NotFoundError
from zohocrm_mcp.models import Answer, Record

pytestmark = pytest.mark.anyio


def codes(answer: Answer) -> list[tuple[object, object]]:
    return [(item["status"], item["code"]) for item in answer.data]


def details(item: Record) -> Record:
    found = item["details"]
    assert isinstance(found, dict)
    return found


async def test_a_created_account_holds_what_was_sent(crm: Crm) -> None:
    answer = await crm.api.create("Accounts", [await crm.valid("created", Phone="+49 30 1234567", Employees=12)])
    (account,) = crm.keep(answer)
    assert answer.status == 201
    assert answer.data[0]["message"] == "record added"
    record = await crm.held(account, "Account_Name", "Phone", "Employees")
    assert {name: record[name] for name in ("Account_Name", "Phone", "Employees")} == {
        "Account_Name": crm.name("created"),
        "Phone": "+49 30 1234567",
        "Employees": 12,
    }


async def test_an_updated_account_answers_when_and_by_whom(crm: Crm) -> None:
    (account,) = await crm.make("updated")
    answer = await crm.api.update("Accounts", account, {"Phone": "1"})
    assert (answer.status, codes(answer)) == (200, [("success", "SUCCESS")])
    assert {"id", "Created_Time", "Modified_Time", "Created_By", "Modified_By"} <= set(details(answer.data[0]))
    assert (await crm.held(account, "Phone"))["Phone"] == "1"


async def test_one_bad_record_of_many_fails_alone_and_in_its_place(crm: Crm) -> None:
    first, bad, last = await crm.make("first", "bad", "last")
    records: list[Record] = [
        {"id": first, "Employees": 1},
        {"id": bad, "Employees": "many"},
        {"id": last, "Employees": 3},
    ]
    answer = await crm.api.update_many("Accounts", records)
    assert codes(answer) == [("success", "SUCCESS"), ("error", "INVALID_DATA"), ("success", "SUCCESS")]
    assert details(answer.data[1])["api_name"] == "Employees"
    assert [id_of(answer.data[0]), id_of(answer.data[2])] == [first, last]
    assert [(await crm.held(each, "Employees")).get("Employees") for each in (first, bad, last)] == [1, None, 3]


async def test_a_partial_failure_is_answered_with_207(crm: Crm) -> None:
    good, bad = await crm.make("good", "bad")
    answer = await crm.api.update_many("Accounts", [{"id": good, "Employees": 1}, {"id": bad, "Employees": "many"}])
    assert answer.status == 207


async def test_an_upsert_changes_the_account_that_is_there_and_makes_the_other(crm: Crm) -> None:
    (there,) = await crm.make("there")
    rows = [await crm.valid("there", Phone="2"), await crm.valid("new", Phone="3")]
    answer = await crm.api.upsert("Accounts", rows, ["Account_Name"])
    changed, made = crm.keep(answer)
    assert [item["action"] for item in answer.data] == ["update", "insert"]
    assert changed == there
    assert made != there
    assert (await crm.held(there, "Phone"))["Phone"] == "2"


async def test_a_deleted_account_is_gone_and_cannot_be_deleted_again(crm: Crm) -> None:
    (account,) = await crm.make("deleted")
    assert codes(await crm.api.delete("Accounts", account)) == [("success", "SUCCESS")]
    assert (await crm.api.get_record("Accounts", account)).status == 204
    with pytest.raises(NotFoundError):
        await crm.api.delete("Accounts", account)


async def test_a_change_of_an_account_that_is_gone_is_refused_flat(crm: Crm) -> None:
    (gone,) = await crm.make("gone")
    await crm.api.delete("Accounts", gone)
    with pytest.raises(NotFoundError) as refusal:
        await crm.api.update("Accounts", gone, {"Phone": "1"})
    assert refusal.value.details["code"] == "INVALID_DATA"


async def test_an_account_that_is_gone_fails_alone_among_many(crm: Crm) -> None:
    gone, there = await crm.make("gone", "there")
    await crm.api.delete("Accounts", gone)
    answer = await crm.api.update_many("Accounts", [{"id": gone, "Phone": "1"}, {"id": there, "Phone": "1"}])
    assert codes(answer) == [("error", "INVALID_DATA"), ("success", "SUCCESS")]


async def test_an_unknown_field_is_ignored_or_refused_and_changes_nothing_else(
    crm: Crm, record_property: Callable[[str, object], None]
) -> None:
    (account,) = await crm.make("unknown field")
    answer = await crm.api.update("Accounts", account, {"No_Such_Field": 1, "Phone": "1"})
    ignored = codes(answer) == [("success", "SUCCESS")]
    record_property("unknown field in a write", "ignored" if ignored else "refused")
    assert ignored or codes(answer) == [("error", "INVALID_DATA")]
    assert (await crm.held(account, "Phone")).get("Phone") == ("1" if ignored else None)
