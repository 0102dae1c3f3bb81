"""Searching accounts of a running Zoho: by filters, criteria, word; page after page to the last one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from support.services import EVERYTHING, everything, filters, services, whole
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.records.cursors import Cursors
from zohocrm_mcp.services.records.pages import Pager
from zohocrm_mcp.services.search.service import SearchService
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("search")]


@pytest.fixture(scope="module")
def many() -> Iterator[Simulator]:
    """More accounts than Zoho's search shows."""
    with Simulator(accounts=5_000, seed=3) as running:
        yield running


async def test_the_criteria_of_the_contract_work_as_they_stand(many: Simulator) -> None:
    text = "(Industry:equals:Technology) and (Annual_Revenue:greater_than:1000000)"
    async with services(many) as parts:
        page = await parts.search.search("Accounts", criteria=text, limit=50)
        rows = await everything(parts, "Industry", "Annual_Revenue")
        wanted = {
            row["id"]
            for row in rows
            if row.get("Industry") == "Technology" and float(str(row.get("Annual_Revenue", 0))) > 1_000_000
        }
        assert page.count == 50
        assert page.criteria == "Industry = 'Technology' and Annual_Revenue > 1000000"
        assert {row["id"] for row in await whole(parts, criteria=text, limit=200)} == wanted
        active = await whole(parts, criteria="Account_Status:equals:Active", fields=["Account_Status"], limit=200)
        assert {row["Account_Status"] for row in active} == {"Active"}


async def test_a_coql_condition_is_taken_as_criteria(many: Simulator) -> None:
    async with services(many) as parts:
        page = await parts.search.search("accounts", criteria="account_name is not null and Industry = 'Retail'")
        assert (page.via, page.criteria) == ("coql", "Account_Name is not null and Industry = 'Retail'")
        assert {row["Industry"] for row in page.records} == {"Retail"}


@pytest.mark.parametrize("sorting", [{}, {"sort_order": "desc"}, {"sort_by": "Industry"}])
@pytest.mark.parametrize(("criteria", "limit"), [(EVERYTHING, 200), ("Industry = 'Energy'", 7)])
async def test_a_walk_reaches_every_record_once(
    many: Simulator, criteria: str, limit: int, sorting: dict[str, str]
) -> None:
    async with services(many) as parts:
        ids = [str(row["id"]) for row in await whole(parts, criteria=criteria, limit=limit, fields=["id"], **sorting)]
        assert len(ids) == len(set(ids)) == await parts.search.count("Accounts", criteria=criteria)
        if sorting == {"sort_order": "desc"}:
            assert ids == sorted(ids, reverse=True)


async def test_everything_is_read_with_few_calls(many: Simulator) -> None:
    async with services(many) as parts:
        await parts.schema.fields("Accounts")
        before = len(many.requests)
        rows = await everything(parts, "Account_Name")
        assert len({str(row["id"]) for row in rows}) == 5_000
        assert len(many.requests) - before == 3


async def test_fifty_accounts_are_small(many: Simulator) -> None:
    async with services(many) as parts:
        page = await parts.search.search("Accounts", criteria=EVERYTHING)
        assert page.count == 50
        assert len(json.dumps(page.model_dump(), ensure_ascii=False)) < 20_000


async def test_a_page_ends_early_for_the_budget_and_nothing_is_lost(many: Simulator) -> None:
    async with services(many, budget=5_000) as parts:
        page = await parts.search.search("Accounts", criteria=EVERYTHING, limit=200)
        assert 5 < page.count < 30
        rows = await whole(parts, filters=filters(("Industry", "equals", "Energy")), limit=200)
        assert len({row["id"] for row in rows}) == len(rows)
        assert len(rows) == await parts.search.count("Accounts", criteria="Industry:equals:Energy")


async def test_records_that_come_and_go_lose_and_repeat_nothing(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        before = [str(row["id"]) for row in await everything(parts)]
        page = await parts.search.search("Accounts", criteria=EVERYTHING, limit=20)
        seen = [str(row["id"]) for row in page.records]
        await parts.api.delete("Accounts", seen[0])
        await parts.api.create("Accounts", [{"Account_Name": "Newcomer"}])
        while page.next_cursor:
            page = await parts.search.search("Accounts", criteria=EVERYTHING, limit=20, cursor=page.next_cursor)
            seen += [str(row["id"]) for row in page.records]
        assert len(seen) == len(set(seen))
        assert set(before) <= set(seen)


async def test_a_word_is_searched_for_and_its_end_is_told(many: Simulator) -> None:
    async with services(many) as parts:
        found: list[JsonValue] = []
        cursor = ""
        for _ in range(11):
            page = await parts.search.search("Accounts", word="example", limit=190, cursor=cursor, fields=["id"])
            assert (page.via, page.criteria) == ("search", "example")
            found += [row["id"] for row in page.records]
            cursor = page.next_cursor
        assert len(found) == len({str(one) for one in found}) == 2_000
        assert page.more_records
        with pytest.raises(InvalidInputError, match="search shows the first 2000 records only") as refused:
            await parts.search.search("Accounts", word="example", limit=190, cursor=cursor, fields=["id"])
        assert refused.value.details["code"] == "LIMIT_REACHED"


async def test_a_cursor_leads_on_only_in_its_own_search(many: Simulator) -> None:
    async with services(many) as parts:
        first = await parts.search.search("Accounts", criteria=EVERYTHING, limit=5)
        for other in (
            {"criteria": "Account_Name is not null"},
            {"criteria": EVERYTHING, "sort_by": "Account_Name"},
        ):
            with pytest.raises(InvalidInputError, match="belongs to another call"):
                await parts.search.search("Accounts", cursor=first.next_cursor, **other)  # type: ignore[arg-type]
        with pytest.raises(InvalidInputError, match="belongs to another call"):
            await parts.search.search("Contacts", criteria=EVERYTHING, cursor=first.next_cursor)
        elsewhere = SearchService(parts.api, parts.schema, Pager(Cursors([b"k" * 32], "another organisation")))
        with pytest.raises(InvalidInputError, match="belongs to another call"):
            await elsewhere.search("Accounts", criteria=EVERYTHING, cursor=first.next_cursor)


async def test_relative_dates_are_those_of_the_first_page(many: Simulator) -> None:
    now = 1_793_000_000.0
    given = filters(("Created Time", "less_than", "today"))
    async with services(many, clock=lambda: now) as parts:
        first = await parts.search.search("Accounts", filters=given, limit=5)
        now += 23 * 3600
        second = await parts.search.search("Accounts", filters=given, limit=5, cursor=first.next_cursor)
        assert second.criteria == first.criteria
        assert (await parts.search.search("Accounts", filters=given, limit=5)).criteria != first.criteria


async def test_records_just_created_are_among_all_records(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        await parts.api.create("Accounts", [{"Account_Name": f"Newcomer {n}"} for n in range(3)])
        names = [row["Account_Name"] for row in await whole(parts, criteria=EVERYTHING, limit=2)]
        assert names[-3:] == ["Newcomer 0", "Newcomer 1", "Newcomer 2"]
        assert await parts.search.count("Accounts") == len(names) == 63
