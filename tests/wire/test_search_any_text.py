"""Any text value whatever finds the record that holds it, and only such records."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import anyio
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from support.services import Parts, services
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.records.pages import walk
from zohocrm_mcp.services.records.sources import ListSource
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.xdist_group("search")
NASTY = [
    'O\'Neil (Söhne), "A\\B" 株式会社',
    "O''Neil",
    "a\\",
    "\\'",
    "' or id is not null",
    "50%",
    "%",
    "a_b",
    "(",
    ",",
    "\\,",
]
HOLDS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda name, text: name == text,
    "starts_with": str.startswith,
    "contains": lambda name, text: text in name,
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda text: text.strip() != ""
)


@pytest.fixture(scope="module")
def empty() -> Iterator[Simulator]:
    with Simulator(accounts=0, seed=1, enforce_limits=False) as running:
        yield running


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(TEXTS, min_size=1, max_size=6, unique=True))
@example(texts=NASTY)
def test_any_text_finds_the_records_that_hold_it_and_no_others(empty: Simulator, texts: list[str]) -> None:
    anyio.run(_check, empty, texts)


async def _check(simulator: Simulator, texts: list[str]) -> None:
    async with services(simulator) as parts:
        rows: list[Record] = [{"Account_Name": text} for text in texts]
        await parts.api.create("Accounts", rows)
        every = ListSource(parts.api, "Accounts", ["Account_Name"], shape=lambda row: row)
        stored = [str(row["Account_Name"]) async for row in walk(every, 200)]
        for text in texts:
            for op, holds in HOLDS.items():
                expected = sorted(one for one in stored if holds(one.casefold(), text.casefold()))
                assert expected
                assert await _found(parts, op, text) == expected, (op, text)
        pair = texts[:2]
        expected = sorted(one for one in stored if one.casefold() in {text.casefold() for text in pair})
        assert await _found(parts, "in", [*pair]) == expected


async def _found(parts: Parts, op: str, value: JsonValue) -> list[str]:
    found = []
    cursor = ""
    while True:
        page = await parts.search.search(
            "Accounts", filters=[{"field": "Account_Name", "op": op, "value": value}], limit=200, cursor=cursor
        )
        found += [str(row["Account_Name"]) for row in page.records]
        cursor = page.next_cursor
        if not cursor:
            return sorted(found)
