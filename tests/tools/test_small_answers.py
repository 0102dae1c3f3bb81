"""Answers that a model can afford: pages, long texts, and how to get the whole."""

from __future__ import annotations

import json

import pytest

from support.clients import ERAS, EVERY_TOOLSET, Era, call, client
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
LONG = "The quick brown fox jumps over the lazy dog. " * 200


@pytest.mark.parametrize("era", ERAS)
async def test_fifty_accounts_take_less_than_20_000_characters(settings: Settings, era: Era) -> None:
    async with client(settings, era) as connected:
        for tool, more in (("get_accounts", {}), ("search_accounts", {"criteria": "id is not null"})):
            page = await call(connected, tool, **more)
            assert (page["count"], page["more_records"]) == (50, True)
            assert len(json.dumps(page)) < 20_000


async def test_a_long_text_is_cut_with_a_mark_and_whole_when_read_alone(
    settings: Settings, simulator: Simulator
) -> None:
    settings = settings.model_copy(update={"toolsets": tuple(EVERY_TOOLSET.split(","))})
    account = str(next(iter(simulator.state.tables["Accounts"].ids())))
    simulator.put("Accounts", account, Description=LONG)
    by_id, fields = {"criteria": f"id = '{account}'"}, ["Description"]
    query = f"select Description from Accounts where id = '{account}'"  # noqa: S608 -- an id of the simulator
    async with client(settings, "auto") as connected:
        of_account = {"module": "Accounts", "record_id": account}
        await call(connected, "add_note", **of_account, title="long", content=LONG)
        notes = await call(connected, "get_related_records", **of_account, related_list="Notes")
        for shown in (
            (await call(connected, "search_accounts", **by_id, fields=fields))["records"][0]["Description"],
            (await call(connected, "query_records", select_query=query))["records"][0]["Description"],
            (await call(connected, "account_overview", account_id=account))["record"]["Description"],
            (await call(connected, "bulk_read_accounts", **by_id, fields=fields))["sample"][0]["Description"],
        ):
            assert shown.startswith(LONG[:1_000])
            assert f"[{len(LONG) - 1_000} more characters: read this record alone, fields Description" in shown
        alone = await call(connected, "get_account", account_id=account, fields=fields)
        assert alone["record"]["Description"] == LONG
        (note,) = [one for one in notes["records"] if one["Note_Title"] == "long"]
        assert len(note["Note_Content"]) < 1_200
        whole = f"select Note_Content from Notes where id = '{note['id']}' limit 1"  # noqa: S608 -- as above
        assert (await call(connected, "query_records", select_query=whole))["records"][0]["Note_Content"] == LONG


async def test_a_page_that_is_full_ends_early_and_its_cursor_goes_on(settings: Settings, simulator: Simulator) -> None:
    accounts = list(simulator.state.tables["Accounts"].ids())
    for account in accounts:
        simulator.put("Accounts", str(account), Description=LONG)
    async with client(settings, "auto") as connected:
        seen: list[str] = []
        cursor = ""
        for limit in (200, 7, 200, 200, 200, 200):
            page = await call(connected, "get_accounts", limit=limit, fields=["Description"], cursor=cursor)
            assert len(json.dumps(page, ensure_ascii=False)) < 45_000
            assert page["more_records"] == bool(page["next_cursor"])
            seen += [one["id"] for one in page["records"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
    assert len(seen) == len(set(seen)) == len(accounts)
