"""Queries of a caller's own against a running Zoho."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from support.services import Parts, services
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services import guides
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("search")]


@pytest.fixture(scope="module")
def many() -> Iterator[Simulator]:
    with Simulator(accounts=700, seed=3) as running:
        yield running


def sent(simulator: Simulator) -> str:
    """The last query that Zoho got."""
    body = next(entry.body for entry in reversed(simulator.requests) if entry.path.endswith("/coql"))
    return str(body["select_query"]) if isinstance(body, dict) else str(body)


async def whole(parts: Parts, query: str) -> list[Record]:
    records: list[Record] = []
    cursor = ""
    while True:
        page = await parts.query.query(query, cursor)
        records += page.records
        cursor = page.next_cursor
        if not cursor:
            return records


async def test_what_zoho_demands_is_added(many: Simulator) -> None:
    async with services(many) as parts:
        page = await parts.query.query("select account_name, Industry from accounts")
        assert (page.count, page.more_records, page.credits) == (200, True, 1)
        assert set(page.records[0]) <= {"id", "Account_Name", "Industry"}
        assert "where id is not null order by id asc limit 200" in sent(many)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("select id from Accounts", 700),
        ("select id from Accounts limit 450", 450),
        ("select id from Accounts limit 3000", 700),
        ("select Account_Name from Accounts where id is not null order by Account_Name", 700),
        ("select Account_Name from Accounts order by Account_Name desc limit 650, 300", 50),
        ("select id from Accounts where Account_Name = 'nobody'", 0),
    ],
)
async def test_a_query_is_walked_to_the_end_of_its_window(many: Simulator, query: str, count: int) -> None:
    async with services(many, budget=9_000) as parts:
        ids = [row["id"] for row in await whole(parts, query)]
        assert len(ids) == len({str(one) for one in ids}) == count


@pytest.mark.parametrize(("limit", "price"), [(50, 1), (201, 2), (1500, 3)])
async def test_the_credits_are_those_of_the_limit(many: Simulator, limit: int, price: int) -> None:
    async with services(many) as parts:
        assert (await parts.query.query(" ".join(["select id from Accounts limit", str(limit)]))).credits == price


async def test_groups_and_functions(many: Simulator) -> None:
    async with services(many) as parts:
        rows = await whole(
            parts,
            "select Industry, COUNT(id) as 'n' from Accounts where id is not null group by Industry order by n desc",
        )
        assert sum(int(str(row["n"])) for row in rows) == 700
        assert [int(str(row["n"])) for row in rows] == sorted((int(str(row["n"])) for row in rows), reverse=True)
        assert (await whole(parts, "select COUNT(id) from Accounts")) == [{"COUNT(id)": 700}]


async def test_fields_behind_lookups(many: Simulator) -> None:
    async with services(many) as parts:
        rows = await whole(
            parts, "select Last_Name, account_name.industry from Contacts where Account_Name.Industry = 'Retail'"
        )
        assert {row["Account_Name.Industry"] for row in rows} == {"Retail"}


async def test_more_than_two_conditions_are_bracketed(many: Simulator) -> None:
    async with services(many) as parts:
        rows = await whole(
            parts,
            "select Industry, Health_Score from Accounts where Industry = 'Retail' and Health_Score > 1"
            " and Health_Score < 60 or Industry = 'Energy'",
        )
        assert {row["Industry"] for row in rows} == {"Retail", "Energy"}
        assert all(int(str(row["Health_Score"])) < 60 for row in rows if row["Industry"] == "Retail")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select Acount_Name from Accounts", "Unknown field 'Acount_Name' on Accounts. Did you mean Account_Name"),
        ("select id from Acounts", "Unknown module 'Acounts'. Did you mean Accounts"),
        ("select id from Accounts where Anual_Revenue > 5", "Did you mean Annual_Revenue"),
        ("select id from Accounts order by Anual_Revenue", "Did you mean Annual_Revenue"),
        ("select Industry, COUNT(idd) from Accounts group by Industry", "Unknown field 'idd'"),
        ("select Account_Name.Nme from Contacts", "Unknown field 'Nme' on Accounts"),
        ("select Industry.Name from Accounts", "Industry on Accounts is no lookup"),
        ("select SQRT(Employees) from Accounts", "SQRT is no function of COQL"),
        ("delete from Accounts where id is not null", "only select reads"),
    ],
)
async def test_what_is_wrong_is_refused_before_a_query_is_sent(many: Simulator, query: str, message: str) -> None:
    async with services(many) as parts:
        before = len(many.requests)
        with pytest.raises(InvalidInputError, match=message):
            await parts.query.query(query)
        assert not any(entry.path.endswith("/coql") for entry in many.requests[before:])


@pytest.mark.parametrize(
    "query",
    [
        "select Annual_Revenue from Accounts",
        "select 'Annual_Revenue' from Accounts",
        'select "Annual_Revenue" from Accounts',
        "select Account_Name from Accounts where Annual_Revenue > 5",
        "select Account_Name from Accounts where 'Annual_Revenue' > 5",
        "select Account_Name from Accounts where (id is not null) and (Annual_Revenue > 5)",
        "select Account_Name from Accounts order by Annual_Revenue",
        "select SUM(Annual_Revenue) from Accounts",
        "select COUNT(id) from Accounts where id is not null group by Annual_Revenue",
        "select Account_Name.Annual_Revenue from Contacts",
        "select Last_Name from Contacts where Account_Name.Annual_Revenue > 5",
        "select Annual_Revenue as 'Annual_Revenue' from Accounts",
        "select What_Id->Accounts.Annual_Revenue from Tasks",
        "select !Accounts.Annual_Revenue from Accounts",
    ],
)
async def test_denied_fields_can_be_read_in_no_clause(many: Simulator, query: str) -> None:
    async with services(many, fields_deny=["Accounts.Annual_Revenue"]) as parts:
        before = len(many.requests)
        with pytest.raises(InvalidInputError, match=r"Unknown field|alias"):
            await parts.query.query(query)
        assert not any(entry.path.endswith("/coql") for entry in many.requests[before:])


async def test_what_zoho_refuses_is_explained(many: Simulator) -> None:
    async with services(many) as parts:
        with pytest.raises(InvalidInputError) as refused:
            await parts.query.query("select id from Accounts where Newsletter > 'true'")
        assert "The query was: select id from Accounts where Newsletter > 'true'" in str(refused.value)
        assert refused.value.hint == "Newsletter is of type boolean; it takes = with 'true' or 'false'."
        assert refused.value.details["field"] == "Newsletter"


async def test_a_cursor_leads_on_only_in_its_own_query(many: Simulator) -> None:
    async with services(many) as parts:
        cursor = (await parts.query.query("select id from Accounts")).next_cursor
        with pytest.raises(InvalidInputError, match="belongs to another call"):
            await parts.query.query("select id from Contacts", cursor)


@pytest.mark.parametrize("guide", [guides.SEARCH, guides.COQL])
def test_the_guides_are_short(guide: str) -> None:
    assert len(guide) < 3_000


@pytest.mark.parametrize("query", re.findall(r"^`(select .*)`$", guides.COQL, re.MULTILINE))
async def test_every_query_of_the_guide_works(many: Simulator, query: str) -> None:
    async with services(many) as parts:
        assert (await parts.query.query(query)).credits == 1


@pytest.mark.parametrize("example", re.findall(r"^`([\[(].*)`$", guides.SEARCH, re.MULTILINE))
async def test_every_search_of_the_guide_works(many: Simulator, example: str) -> None:
    async with services(many) as parts:
        given = {"filters": json.loads(example)} if example.startswith("[") else {"criteria": example}
        assert (await parts.search.search("Accounts", **given)).via == "coql"
