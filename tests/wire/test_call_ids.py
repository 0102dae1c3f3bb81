"""One id on everything that belongs to a call: the error that a model sees, and each line that the call has logged."""

from __future__ import annotations

from pathlib import Path

import pytest
from mcp import MCPError

from support.fakes import opening, services
from support.watching import until, watched
from zohocrm_mcp.lifecycle import Close, Lifecycle
from zohocrm_mcp.observe.logging import bound_contextvars, get_contextvars
from zohocrm_mcp.services import Services
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


async def test_the_id_in_an_error_stands_on_the_lines_of_the_threads_that_spoke_to_zoho(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        simulator.faults.add("GET /crm/v8/{module}", status=503, count=None)
        result = await server.call("get_accounts", limit=1)
        assert result.is_error
        assert result.structured_content
        call_id = result.structured_content["error"]["call_id"]
        until(lambda: any(line["event"] == "tool refused" for line in server.logged()))
        events = {line["event"] for line in server.logged() if line.get("call_id") == call_id}
    assert {"token.refreshed", "call.repeated", "tool refused"} <= events


async def test_two_calls_have_two_ids(tmp_path: Path, simulator: Simulator, database_url: str) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        results = [await server.call("get_account", account_id="1") for _ in range(2)]
        first, second = [(result.structured_content or {})["error"]["call_id"] for result in results]
        until(lambda: sum(line["event"] == "tool refused" for line in server.logged()) == 2)
        logged = [line["call_id"] for line in server.logged() if line["event"] == "tool refused"]
    assert [first, second] == logged
    assert first != second


async def test_what_a_call_opens_goes_on_under_no_id() -> None:
    seen: list[object] = []

    async def open_parts() -> tuple[Services, Close]:
        seen.append(get_contextvars())
        return await opening(services())()

    with bound_contextvars(call_id="c0ffee", who="ada"):
        await Lifecycle(open_parts).services()
    assert seen == [{}]


async def test_an_error_of_a_resource_carries_one_too(tmp_path: Path, simulator: Simulator, database_url: str) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        async with server.client() as client:
            with pytest.raises(MCPError) as caught:
                await client.read_resource("crm://accounts/1")
        assert len(caught.value.error.data["error"]["call_id"]) == 12
