"""The official TypeScript SDKs, the first and the second, over HTTP and SSE, in every era that they speak."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from support.serving import Served
from zohocrm_mcp.app import catalog

SECONDS = 120
WAYS = [("v1", "http", "legacy"), ("v1", "sse", "legacy"), ("v2", "http", "legacy")]
WAYS += [("v2", "http", "modern"), ("v2", "sse", "legacy")]


@pytest.fixture(scope="module", params=WAYS, ids=" ".join)
def seen(request: pytest.FixtureRequest, npm: Path, node: str, served: Served) -> dict[str, Any]:
    """What one client saw of a server that others have used before it."""
    script = shutil.copy(Path(__file__).with_name("client_of_web.mjs"), npm / "client_of_web.mjs")
    sdk, transport, era = request.param
    command = [node, str(script), sdk, transport, era, getattr(served, transport)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return {"way": request.param, **json.loads(done.stdout)}


def test_it_connects_and_lists_the_tools(seen: dict[str, Any]) -> None:
    assert seen["server"] == "zohocrm-mcp"
    assert set(seen["tools"]) == {spec.name for spec in catalog().choose(catalog().toolsets)}
    assert seen["read"]["Account_Name"] == seen["name"]


def test_accounts_are_changed_with_progress_that_increases(seen: dict[str, Any]) -> None:
    job = seen["bulk"]["structured"]
    assert (job["total"], job["succeeded"], job["failures"]) == (120, 120, [])
    assert all(before < after for before, after in pairwise(seen["progress"]))
    if seen["way"][1] == "http":  # over SSE these clients may lose what comes right before the result
        assert seen["progress"][-1] == 120


def test_mistakes_of_a_model_are_results(seen: dict[str, Any]) -> None:
    refused = seen["refused"]
    assert refused["isError"]
    assert refused["structured"]["error"]["kind"] == "invalid_input"
    assert "Account_Status" in refused["text"]


def test_mistakes_of_a_client_are_invalid_params(seen: dict[str, Any]) -> None:
    mistakes = (seen["unknownTool"], seen["unknownResource"], seen["unknownPrompt"], seen["completed"]["unknown"])
    assert mistakes == (-32602,) * 4


def test_resources_and_prompts_are_read(seen: dict[str, Any]) -> None:
    assert seen["schema"] == ["Account_Name"]
    assert "account_review" in seen["prompts"]
    assert "Acme" in seen["prompt"]["text"]


def test_what_is_being_typed_is_completed(seen: dict[str, Any]) -> None:
    completed = seen["completed"]
    assert completed["module"] == {"values": ["Accounts"], "total": 1, "hasMore": False}
    assert "Account_Name" in completed["field"]["values"]
    assert seen["name"] in completed["account"]["values"]


def test_a_session_that_asks_for_log_messages_gets_what_concerns_its_calls(seen: dict[str, Any]) -> None:
    if seen["way"][2] == "modern":
        assert seen["logs"] == []  # nothing was asked for
        return
    assert seen["level"] == {}
    (message,) = [one for one in seen["logs"] if one["data"]["event"] == "tool refused"]
    assert (message["level"], message["data"]["tool"]) == ("info", "update_account")
    assert "Account_Statu" in message["data"]["message"]
