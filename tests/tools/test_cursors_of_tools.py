"""A cursor leads on in the very call that gave it, and tells clearly why it does not elsewhere."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest

from support.clients import ERAS, EVERY_TOOLSET, Era, call, client
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
FIELDS = {"fields": ["Account_Name"]}
CALLS: dict[str, dict[str, Any]] = {
    "get_accounts": {"limit": 7, **FIELDS},
    "search_accounts": {"criteria": "id is not null", "limit": 7, **FIELDS},
    "search_records": {"module": "Accounts", "filters": [{"field": "id", "op": "is_not_empty"}], "limit": 7, **FIELDS},
    "query_records": {"select_query": "select Account_Name from Accounts where id is not null"},
}


async def first(connected: Any, tool: str) -> str:
    return str((await call(connected, tool, **CALLS[tool]))["next_cursor"])


@pytest.mark.parametrize("era", ERAS)
async def test_a_foreign_or_forged_cursor_is_refused_by_every_tool(
    settings: Settings, simulator: Simulator, era: Era
) -> None:
    simulator.settings.index_lag_seconds = 0
    for account in simulator.state.tables["Accounts"].ids():
        simulator.put("Accounts", str(account), Account_Name="A" * 200)
    settings = settings.model_copy(update={"toolsets": tuple(EVERY_TOOLSET.split(","))})
    async with client(settings, era) as connected:
        paged = [tool for tool in CALLS if tool != "query_records"]
        cursors = {tool: await first(connected, tool) for tool in paged}
        assert all(cursors.values())
        for tool, given in CALLS.items():
            foreign = [cursor for other, cursor in cursors.items() if other != tool]
            own = cursors.get(tool, foreign[0])
            for cursor in (*foreign, own[:-3] + "AAA", own[1:], "forged", "=" * 9, "é"):
                error = (await call(connected, tool, **{**given, "cursor": cursor}))["error"]
                assert (error["kind"], error["code"], error["field"]) == ("invalid_input", "INVALID_CURSOR", "cursor")


async def test_another_limit_goes_on_where_the_page_before_ended_and_other_arguments_do_not(
    settings: Settings, simulator: Simulator
) -> None:
    wanted = [str(one) for one in simulator.state.tables["Accounts"].ids()]
    changed: dict[str, dict[str, Any]] = {
        "get_accounts": {"sort_order": "desc", "sort_by": "id"},
        "search_accounts": {"criteria": "Account_Name is not null"},
    }
    async with client(settings, "auto") as connected:
        for tool, other in changed.items():
            page = await call(connected, tool, **CALLS[tool])
            seen, limits = [one["id"] for one in page["records"]], cycle((1, 20, 3, 200))
            with_another = {**CALLS[tool], **other, "cursor": page["next_cursor"]}
            assert (await call(connected, tool, **with_another))["error"]["code"] == "INVALID_CURSOR"
            while page["next_cursor"]:
                going_on = {**CALLS[tool], "limit": next(limits), "cursor": page["next_cursor"]}
                page = await call(connected, tool, **going_on)
                seen += [one["id"] for one in page["records"]]
            assert sorted(seen) == sorted(wanted)


async def test_a_cursor_of_one_process_goes_on_in_another(settings: Settings) -> None:
    async with client(settings, "auto") as here, client(settings, "legacy") as there:
        one = await call(here, "search_accounts", **CALLS["search_accounts"])
        given = {**CALLS["search_accounts"], "cursor": one["next_cursor"]}
        two = await call(there, "search_accounts", **given)
    assert two["count"] == 7
    assert not {record["id"] for record in one["records"]} & {record["id"] for record in two["records"]}
