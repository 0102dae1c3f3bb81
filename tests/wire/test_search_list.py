"""Walking the list interface by page token, as the list of accounts does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.services import Parts, services
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.records.pages import walk
from zohocrm_mcp.services.records.sources import ListSource
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("search")]


@pytest.fixture(scope="module")
def many() -> Iterator[Simulator]:
    with Simulator(accounts=2_300, seed=3) as running:
        yield running


def listing(parts: Parts, sort_by: str = "", sort_order: str = "") -> ListSource:
    return ListSource(parts.api, "Accounts", ["Account_Name"], clean, sort_by, sort_order)


@pytest.mark.parametrize(("sort_by", "sort_order"), [("", ""), ("Created_Time", "asc"), ("Modified_Time", "desc")])
async def test_the_list_is_walked_past_two_thousand(many: Simulator, sort_by: str, sort_order: str) -> None:
    async with services(many) as parts:
        ids = [str(row["id"]) async for row in walk(listing(parts, sort_by, sort_order), 200)]
        assert len(ids) == len(set(ids)) == 2_300


async def test_pages_of_changing_size_and_budget_lose_nothing(many: Simulator) -> None:
    async with services(many, budget=1_500) as parts:
        ids: list[str] = []
        cursor = ""
        for size in [7, 50, 3, 200, 1, 60, 20, 20, 20, 20]:
            shown = await parts.pager.page(listing(parts), ["list"], cursor, size)
            assert len(shown.records) <= size
            ids += [str(row["id"]) for row in shown.records]
            cursor = shown.next_cursor
        first = [str(row["id"]) for row in (await parts.api.list_records("Accounts", ["id"], per_page=200)).data]
        assert ids == first[: len(ids)]
        assert len(ids) > 50


async def test_a_page_that_zoho_no_longer_knows_is_told(many: Simulator) -> None:
    async with services(many) as parts:
        cursor = (await parts.pager.page(listing(parts), ["list"], "", 50)).next_cursor
        many.faults.add(
            "GET /crm/v8/Accounts",
            status=400,
            body={"code": "EXPIRED_VALUE", "details": {}, "message": "Page token expired", "status": "error"},
        )
        with pytest.raises(InvalidInputError, match="no longer knows the page of this cursor") as refused:
            await parts.pager.page(listing(parts), ["list"], cursor, 50)
        assert "without a cursor" in refused.value.hint
