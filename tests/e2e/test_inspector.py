"""The Inspector's command line against ``serve --demo``, on both eras of the protocol."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.child import serve

Inspect = Callable[..., Any]
FAILED_CALL = 5


@pytest.fixture(params=["legacy", "modern"])
def inspect(request: pytest.FixtureRequest, npm: Path, demo_environment: dict[str, str]) -> Inspect:
    """Run one method and return the result; ``fails`` expects the exit code of a tool error."""
    program = npm / "node_modules" / ".bin" / "mcp-inspector"

    def run(method: str, *options: str, fails: bool = False) -> Any:
        fixed = ("--format", "json", "--quiet", "--stored-auth-only", "--protocol-era", request.param)
        passed_on = ("-e", f"ZOHO_MCP_DATA_DIR={demo_environment['ZOHO_MCP_DATA_DIR']}")
        target = ("node", str(program), "--cli", *serve("--demo"))
        command = [*target, "--method", method, *options, *fixed, *passed_on]
        done = subprocess.run(
            command, env=demo_environment, capture_output=True, text=True, check=False, timeout=120, cwd=npm
        )
        assert done.returncode == (FAILED_CALL if fails else 0), done.stdout + done.stderr
        return json.loads(done.stdout)["result"]

    return run


def call(inspect: Inspect, tool: str, *, fails: bool = False, **arguments: Any) -> Any:
    options = ("--tool-name", tool, "--tool-args-json", json.dumps(arguments))
    result = inspect("tools/call", *options, fails=fails)
    assert bool(result.get("isError")) is fails
    if not fails:
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    return result["structuredContent"]


def test_the_tool_list_is_portable(inspect: Inspect) -> None:
    tools = inspect("tools/list", "--strict")["tools"]
    assert {"get_account", "search_accounts", "bulk_update_accounts", "describe_module"} <= {
        tool["name"] for tool in tools
    }


def test_accounts_are_listed_and_read(inspect: Inspect) -> None:
    page = call(inspect, "get_accounts", limit=3)
    assert (page["count"], page["more_records"]) == (3, True)
    account = page["records"][0]
    assert call(inspect, "get_account", account_id=account["id"])["record"]["Account_Name"] == account["Account_Name"]


def test_accounts_are_searched(inspect: Inspect) -> None:
    criteria = "(Industry:equals:Technology) and (Annual_Revenue:greater_than:1000000)"
    page = call(inspect, "search_accounts", criteria=criteria, limit=50)
    assert page["records"]
    assert all(record["Industry"] == "Technology" for record in page["records"])


def test_accounts_are_read_in_bulk(inspect: Inspect) -> None:
    fields = ["Account_Name", "Industry", "Annual_Revenue", "Owner"]
    read = call(inspect, "bulk_read_accounts", criteria="Account_Status:equals:Active", fields=fields)
    assert read["count"] > 0
    assert read["export_uri"].startswith("crm://exports/")


def test_a_bad_value_is_refused_with_the_valid_ones(inspect: Inspect) -> None:
    account = call(inspect, "get_accounts", limit=1)["records"][0]["id"]
    error = call(inspect, "update_account", fails=True, account_id=account, values={"Account_Status": "Sleepy"})[
        "error"
    ]
    assert error["kind"] == "invalid_input"
    assert "Active" in error["message"] + error["hint"]


def test_the_account_schema_is_a_resource(inspect: Inspect) -> None:
    (content,) = inspect("resources/read", "--uri", "crm://accounts/schema")["contents"]
    assert "Account_Name" in json.loads(content["text"])["required"]


def test_a_prompt_is_rendered(inspect: Inspect) -> None:
    result = inspect("prompts/get", "--prompt-name", "account_review", "--prompt-args", "account=Acme")
    assert "Acme" in result["messages"][0]["content"]["text"]
