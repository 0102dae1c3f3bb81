"""What no URL holds is refused before anything is sent, and says which argument it was."""

from __future__ import annotations

from typing import Any

import pytest

from support.services import filters, services
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.search.plan import LONGEST_IN_URL
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("search")]

MEGABYTE = 1_048_576
SEARCH, COQL = "GET /crm/v8/{module}/search", "POST /crm/v8/coql"


def in_description(text: str) -> str:
    """A condition that only the search interface answers: COQL does not know multi-line texts."""
    return f"(Description:equals:{text})"


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("word", "x" * MEGABYTE),
        ("email", f"{'x' * MEGABYTE}@example.com"),
        ("phone", "1" * MEGABYTE),
        ("criteria", in_description("x" * MEGABYTE)),
        ("filters", filters(("Description", "equals", "x" * MEGABYTE))),
        ("word", "x" * (LONGEST_IN_URL + 1)),
        ("word", "ü" * (LONGEST_IN_URL // 6 + 1)),
    ],
)
async def test_what_is_too_long_for_a_url_is_refused(simulator: Simulator, argument: str, value: Any) -> None:
    async with services(simulator) as parts:
        with pytest.raises(InvalidInputError, match=rf"^{argument} takes [0-9,]+ characters of a URL") as refused:
            await parts.search.search("Accounts", **{argument: value})
    assert refused.value.details["field"] == argument
    assert len(refused.value.message) < 200
    assert simulator.counters.routes[SEARCH] == 0


@pytest.mark.parametrize("text", ["x" * LONGEST_IN_URL, "ü" * (LONGEST_IN_URL // 6)])
async def test_what_just_fits_is_sent(simulator: Simulator, text: str) -> None:
    async with services(simulator) as parts:
        assert (await parts.search.search("Accounts", word=text)).records == []
    assert simulator.counters.routes[SEARCH] == 1


async def test_a_long_condition_that_coql_answers_is_in_no_url(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        page = await parts.search.search("Accounts", filters=filters(("Account_Name", "equals", "x" * 7_000)))
    assert (page.via, page.records) == ("coql", [])
    assert (simulator.counters.routes[SEARCH], simulator.counters.routes[COQL]) == (0, 1)


async def test_a_search_that_counts_is_held_to_the_same(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        with pytest.raises(InvalidInputError, match=r"^criteria takes"):
            await parts.search.count("Accounts", criteria=in_description("x" * MEGABYTE))


@pytest.mark.parametrize(("characters", "searches"), [(100, 1), (7_000, 0)])
async def test_what_coql_does_not_take_is_searched_for_where_a_url_holds_it(
    simulator: Simulator, characters: int, searches: int
) -> None:
    refusal = {"code": "INVALID_QUERY", "details": {}, "message": "no", "status": "error"}
    simulator.faults.add(COQL, status=400, body=refusal)
    async with services(simulator) as parts:
        asked = parts.search.search("Accounts", filters=filters(("Account_Name", "equals", "x" * characters)))
        if searches:
            assert (await asked).via == "search"
        else:
            with pytest.raises(InvalidInputError):
                await asked
    assert (simulator.counters.routes[COQL], simulator.counters.routes[SEARCH]) == (1, searches)
