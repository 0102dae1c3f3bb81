"""An answer says the same as text and as structure, on every transport and in every revision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.callers import environment_of
from support.child import Child, environment, serve
from support.posting import META, MODERN, in_session, initialize, result_of, serving, tool
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

NAME = 'Ünïcode "quoted" \\ \N{GRINNING FACE} \u2028 end'
VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", MODERN)
MANY = 40


@pytest.fixture
def named(simulator: Simulator) -> str:
    """The id of an account whose name is hard to write."""
    account = str(next(iter(simulator.state.tables["Accounts"].ids())))
    simulator.put("Accounts", account, Account_Name=NAME)
    return account


def over_stdio(settings: Settings, folder: Path, version: str, account: str) -> list[dict[str, Any]]:
    with Child(*serve(), env=environment(folder, **environment_of(settings))) as child:
        about = greet(child, version)
        calls = {"get_account": {"account_id": account}, "get_accounts": {"limit": 100}}
        calls["search_accounts"] = {"criteria": "id is not null"}
        return [child.ask("tools/call", name=name, arguments=given, **about)["result"] for name, given in calls.items()]


def greet(child: Child, version: str) -> dict[str, Any]:
    """Begin a session where the revision has them; returns what every request of it holds."""
    if version == MODERN:
        return {"_meta": META}
    child.greet(version)
    return {}


def same(result: dict[str, Any]) -> bool:
    return bool(json.loads(result["content"][0]["text"]) == result["structuredContent"])


@pytest.mark.parametrize("version", VERSIONS)
def test_over_stdio_they_are_the_same(settings: Settings, tmp_path: Path, named: str, version: str) -> None:
    one, listed, found = over_stdio(settings, tmp_path, version, named)
    assert one["structuredContent"]["record"]["Account_Name"] == NAME
    assert all(map(same, (one, listed, found)))
    assert len(listed["structuredContent"]["records"]) == listed["structuredContent"]["count"] > 1


@pytest.mark.parametrize("version", [VERSIONS[-2], MODERN])
def test_calls_side_by_side_keep_their_structures_apart(
    settings: Settings, simulator: Simulator, tmp_path: Path, version: str
) -> None:
    ids = [str(account) for account in list(simulator.state.tables["Accounts"].ids())[:MANY]]
    with Child(*serve(), env=environment(tmp_path, **environment_of(settings))) as child:
        about = greet(child, version)
        for account in ids:
            call = {"name": "get_account", "arguments": {"account_id": account}, **about}
            child.send(id=account, method="tools/call", params=call)
        answers = [child.receive() for _ in ids]
    results = {answer["id"]: answer["result"] for answer in answers}
    assert {account: result["structuredContent"]["record"]["id"] for account, result in results.items()} == {
        account: account for account in ids
    }
    assert all(map(same, results.values()))


def test_over_http_they_are_the_same(settings: Settings, tmp_path: Path, named: str) -> None:
    with serving(settings, tmp_path) as (_, root), httpx2.Client(timeout=60) as client:
        session = client.post(f"{root}/mcp", **initialize()).headers["mcp-session-id"]
        given = {"account_id": named}
        older = in_session(session, "tools/call", name="get_account", arguments=given)
        results = [result_of(client.post(f"{root}/mcp", **one)) for one in (tool("get_account", **given), older)]
    assert [result["structuredContent"]["record"]["Account_Name"] for result in results] == [NAME, NAME]
    assert all(map(same, results))


@pytest.mark.parametrize("version", [VERSIONS[-2], MODERN])
def test_what_is_null_is_null_in_both(settings: Settings, tmp_path: Path, named: str, version: str) -> None:
    with Child(*serve(), env=environment(tmp_path, **environment_of(settings))) as child:
        about = greet(child, version)
        given = {"account_id": named, "values": {"Phone": None}}
        result = child.ask("tools/call", name="update_account", arguments=given, **about)["result"]
    assert result["structuredContent"]["changed"]["Phone"]["after"] is None
    assert same(result)
