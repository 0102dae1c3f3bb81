"""100,000 accounts walked by cursor to the last one, without loss or repeats: by list, by search and by query."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest

from support.services import EVERYTHING, Parts, services
from zohocrm_mcp.models import Page
from zohocrm_mcp.services.records.service import RecordService
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("walks")]
MANY = 100_000
Next = Callable[[str], Awaitable[Page]]


@pytest.fixture(scope="module")
def many() -> Iterator[Simulator]:
    with Simulator(accounts=MANY, seed=5) as running:
        yield running


async def walked(following: Next) -> list[str]:
    ids: list[str] = []
    cursor = ""
    while True:
        page = await following(cursor)
        ids += [str(record["id"]) for record in page.records]
        assert page.more_records == bool(page.next_cursor)
        cursor = page.next_cursor
        if not cursor:
            return ids


def listing(parts: Parts) -> Next:
    records = RecordService(parts.api, parts.schema, parts.pager)
    return lambda cursor: records.list("Accounts", limit=200, fields=["id"], cursor=cursor)


def searching(parts: Parts) -> Next:
    return lambda cursor: parts.search.search("Accounts", criteria=EVERYTHING, limit=200, fields=["id"], cursor=cursor)


def querying(parts: Parts) -> Next:
    return lambda cursor: parts.query.query(f"select id from Accounts limit {MANY}", cursor)  # noqa: S608 -- a number


@pytest.mark.parametrize("way", [listing, searching, querying])
async def test_a_walk_ends_at_the_last_of_100_000(many: Simulator, way: Callable[[Parts], Next]) -> None:
    async with services(many) as parts:
        ids = await walked(way(parts))
    assert len(ids) == MANY
    assert set(ids) == {str(one) for one in many.state.tables["Accounts"].ids()}
