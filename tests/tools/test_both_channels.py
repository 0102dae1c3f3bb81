"""An answer says the same as text and as structure, on every transport and in every revision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.callers import environment_of
from support.child import Child, environment, serve
from support.posting import serving, structured, tool
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

NAME = 'Ünïcode "quoted" \\ \N{GRINNING FACE} \u2028 end'
VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")


@pytest.fixture
def named(simulator: Simulator) -> str:
    """The id of an account whose name is hard to write."""
    account = str(next(iter(simulator.state.tables["Accounts"].ids())))
    simulator.put("Accounts", account, Account_Name=NAME)
    return account


def over_stdio(settings: Settings, folder: Path, version: str, account: str) -> list[dict[str, Any]]:
    with Child(*serve(), env=environment(folder, **environment_of(settings))) as child:
        child.greet(version)
        calls = {"get_account": {"account_id": account}, "get_accounts": {"limit": 100}}
        calls["search_accounts"] = {"criteria": "id is not null"}
        return [child.ask("tools/call", name=name, arguments=given)["result"] for name, given in calls.items()]


@pytest.mark.parametrize("version", VERSIONS)
def test_over_stdio_they_are_the_same(settings: Settings, tmp_path: Path, named: str, version: str) -> None:
    one, listed, found = over_stdio(settings, tmp_path, version, named)
    assert one["structuredContent"]["record"]["Account_Name"] == NAME
    for result in (one, listed, found):
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert len(listed["structuredContent"]["records"]) == listed["structuredContent"]["count"] > 1


def test_over_http_they_are_the_same(settings: Settings, tmp_path: Path, named: str) -> None:
    with serving(settings, tmp_path) as (_, root):
        answer = httpx2.post(f"{root}/mcp", **tool("get_account", account_id=named), timeout=60)
    assert structured(answer)["record"]["Account_Name"] == NAME
