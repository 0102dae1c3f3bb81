"""Pages that fit the budget, and walks that lose and repeat nothing."""

from __future__ import annotations

import json

import pytest

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.records.cursors import Cursors, State
from zohocrm_mcp.services.records.pages import Batch, Fetch, Pager, limited, shortened, walk

CURSORS = Cursors([b"k" * 32])
pytestmark = pytest.mark.anyio


def source(count: int, text: str = "") -> Fetch:
    """Records 1 to ``count``, walked by their number."""

    async def fetch(state: State, size: int) -> Batch:
        start = int(str(state.get("at", 0)))
        records: list[Record] = [{"id": str(n), "text": text} for n in range(start + 1, min(start + size, count) + 1)]
        return Batch(records, start + size < count, lambda shown: {"at": start + shown})

    return fetch


async def ids(pager: Pager, fetch: Fetch, limits: list[int]) -> list[list[str]]:
    pages, cursor = [], ""
    for limit in limits:
        shown = await pager.page(fetch, ["q"], cursor, limit)
        pages.append([str(record["id"]) for record in shown.records])
        cursor = shown.next_cursor
        assert shown.more == bool(cursor)
        if not cursor:
            break
    return pages


async def test_pages_of_changing_size_follow_one_another() -> None:
    assert await ids(Pager(CURSORS), source(6), [2, 1, 5, 5]) == [["1", "2"], ["3"], ["4", "5", "6"]]


async def test_a_page_ends_before_the_budget_is_passed_and_goes_on_after_its_last_record() -> None:
    pager = Pager(CURSORS, budget=100)
    pages = await ids(pager, source(7, "x" * 15), [200] * 9)
    assert pages == [["1", "2"], ["3", "4"], ["5", "6"], ["7"]]


async def test_a_record_beyond_the_budget_is_shown_alone() -> None:
    assert await ids(Pager(CURSORS, budget=10), source(2, "x" * 50), [200] * 9) == [["1"], ["2"]]


async def test_batches_without_a_match_are_passed_over() -> None:
    async def sparse(state: State, _: int) -> Batch:
        at = int(str(state.get("at", 0)))
        records: list[Record] = [{"id": "7"}] if at == 7 else []
        return Batch(records, at < 9, lambda _: {"at": at + 1})

    assert await ids(Pager(CURSORS), sparse, [50, 50]) == [["7"], []]


async def test_a_long_search_in_vain_gives_an_empty_page_that_leads_on() -> None:
    async def barren(state: State, _: int) -> Batch:
        at = int(str(state.get("at", 0)))
        return Batch([], at < 100, lambda _: {"at": at + 1})

    shown = await Pager(CURSORS).page(barren, ["q"], "", 50)
    assert (shown.records, shown.more) == ([], True)


async def test_a_walk_yields_every_record_whole() -> None:
    records = [record async for record in walk(source(7, "x" * 2000), 3)]
    assert [record["id"] for record in records] == [str(n) for n in range(1, 8)]
    assert {len(str(record["text"])) for record in records} == {2000}


def test_a_long_text_is_cut_and_says_how_to_read_it() -> None:
    short = shortened({"id": "1", "Description": "x" * 1500})
    assert short["Description"] == (
        "x" * 1000 + "… [500 more characters: read this record alone, fields Description, for all of them]"
    )
    assert len(json.dumps(short)) < 1200


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    with pytest.raises(InvalidInputError, match=f"limit is {limit}"):
        limited(limit)
