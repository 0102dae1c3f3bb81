"""Accounts listed, read, searched, queried and counted."""

from __future__ import annotations

from typing import Any

import pytest

from live.crm import COUNT_LAG, Crm, in_time
from zohocrm_mcp.errors import InvalidInputError, NotFoundError
from zohocrm_mcp.zoho.api import record_id

pytestmark = pytest.mark.anyio

NAME = ["Account_Name"]


def names(records: list[Any]) -> set[str]:
    return {record["Account_Name"] for record in records}


async def test_a_page_token_leads_to_other_accounts(crm: Crm) -> None:
    await crm.make("first", "second", "third")
    first = await crm.api.list_records("Accounts", NAME, per_page=2)
    assert (first.info["per_page"], first.info["more_records"]) == (2, True)
    second = await crm.api.list_records("Accounts", NAME, per_page=2, page_token=first.info["next_page_token"])
    ids = [record["id"] for record in first.data + second.data]
    assert len(first.data) == 2
    assert len(set(ids)) == len(ids) > 2


async def test_accounts_are_listed_by_their_ids(crm: Crm) -> None:
    ids = await crm.make("one", "two")
    listed = await crm.api.list_records("Accounts", NAME, ids=",".join(ids))
    assert {record["id"] for record in listed.data} == set(ids)


async def test_an_account_that_is_gone_is_204_and_not_found(crm: Crm) -> None:
    (gone,) = await crm.make("gone")
    await crm.api.delete("Accounts", gone)
    answer = await crm.api.get_record("Accounts", gone)
    assert (answer.status, answer.body) == (204, None)
    with pytest.raises(NotFoundError):
        await crm.records.get("Accounts", gone)


async def test_an_id_that_never_was_is_204_too(crm: Crm) -> None:
    (there,) = await crm.make("there")
    never = record_id(there[:-6] + "999999")
    assert (await crm.api.get_record("Accounts", never)).status == 204


def named(name: str) -> str:
    return f"select Account_Name from Accounts where Account_Name = '{name}'"  # noqa: S608 -- COQL, of names of our own


async def test_coql_finds_an_account_at_once(crm: Crm) -> None:
    (made,) = await crm.make("coql")
    found = await crm.api.coql(named(crm.name("coql")))
    assert found.data == [{"id": made, "Account_Name": crm.name("coql")}]
    assert found.info["more_records"] is False


async def test_a_query_that_finds_nothing_is_204(crm: Crm) -> None:
    found = await crm.api.coql(named(crm.name("never made")))
    assert (found.status, found.body) == (204, None)


@pytest.mark.parametrize("query", ["select Account_Name from Accounts", "select from Accounts where id is not null"])
async def test_a_query_that_is_none_is_a_syntax_error(crm: Crm, query: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        await crm.api.coql(query)
    assert (refusal.value.details["code"], refusal.value.details["status"]) == ("SYNTAX_ERROR", 400)


async def test_a_query_for_a_field_that_is_not_there_says_which(crm: Crm) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        await crm.api.coql("select Acount_Name from Accounts where id is not null")
    assert refusal.value.details["code"] == "INVALID_QUERY"
    assert refusal.value.details["field"] == "Acount_Name"


async def test_a_search_finds_a_new_account_when_the_index_has_it(crm: Crm) -> None:
    await crm.make("searched")
    criteria = f"(Account_Name:equals:{crm.name('searched')})"

    async def found() -> bool:
        answer = await crm.api.search("Accounts", criteria=criteria, fields="Account_Name")
        return names(answer.data) == {crm.name("searched")}

    await in_time(found)


@pytest.mark.timeout(COUNT_LAG + 120)
async def test_new_accounts_are_counted_in_the_end(crm: Crm) -> None:
    await crm.make("counted 1", "counted 2")

    async def counted() -> bool:
        answer = await crm.api.count("Accounts", criteria=f"(Account_Name:starts_with:{crm.name('counted')})")
        return answer.body == {"count": 2}

    await in_time(counted, COUNT_LAG)
