"""A call with many records and nothing but wrong names or values is answered without looking for what all may mean."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from pydantic import JsonValue

from support.services import services
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.guessing import MOST_GUESSED
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

MANY = 200


@pytest.fixture
def looked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was compared with everything there is."""
    texts: list[str] = []
    compare = difflib.get_close_matches

    def noted(text: str, *given: Any, **more: Any) -> list[str]:
        texts.append(text)
        return compare(text, *given, **more)

    monkeypatch.setattr(difflib, "get_close_matches", noted)
    return texts


async def refusals(simulator: Simulator, records: list[dict[str, JsonValue]]) -> list[InvalidInputError]:
    async with services(simulator) as parts:
        checked = await parts.schema.check_many("Accounts", records, creating=True)
    refused = [one for one in checked if isinstance(one, InvalidInputError)]
    assert len(refused) == len(records)
    return refused


async def test_the_first_wrong_names_are_told_what_they_may_mean(simulator: Simulator, looked_for: list[str]) -> None:
    told = await refusals(simulator, [{f"Acount_Name{number}": "x"} for number in range(MANY)])
    assert len(looked_for) == MOST_GUESSED
    assert all("Did you mean Account_Name" in one.message for one in told[:MOST_GUESSED])
    assert {one.message for one in told[MOST_GUESSED:]} == {
        f"Unknown field 'Acount_Name{number}' on Accounts." for number in range(MOST_GUESSED, MANY)
    }


async def test_a_wrong_name_that_comes_again_is_looked_for_once(simulator: Simulator, looked_for: list[str]) -> None:
    told = await refusals(simulator, [{"Acount_Name": "x"}] * MANY)
    assert looked_for == ["acountname"]
    assert all("Did you mean Account_Name" in one.message for one in told)


async def test_wrong_values_of_pick_lists_count_as_well(simulator: Simulator, looked_for: list[str]) -> None:
    told = await refusals(simulator, [{"Industry": f"Retial{number}"} for number in range(MANY)])
    assert len(looked_for) == MOST_GUESSED
    assert "Did you mean 'Retail'?" in told[0].message
    assert "Did you mean" not in told[-1].message
    assert "Valid values" in told[-1].hint
