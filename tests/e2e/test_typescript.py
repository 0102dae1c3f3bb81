"""The official TypeScript SDK as a client of ``serve --demo``: the main job from start to end."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.child import serve


@pytest.fixture(scope="module")
def seen(npm: Path, demo_environment: dict[str, str]) -> Any:
    script = shutil.copy(Path(__file__).with_name("client.mjs"), npm / "client.mjs")
    command = ["node", str(script), *serve("--demo")]
    done = subprocess.run(command, env=demo_environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_connects_and_lists_the_tools(seen: Any) -> None:
    assert seen["server"]["name"] == "zohocrm-mcp"
    assert "bulk_update_accounts" in seen["tools"]


def test_one_account_is_changed(seen: Any) -> None:
    changed = seen["changed"]["structured"]["changed"]
    assert {name: change["after"] for name, change in changed.items()} == {
        "Account_Status": "Active",
        "Health_Score": 85,
        "Last_Engagement_Date": "2025-10-18",
    }


def test_150_accounts_are_changed_with_progress(seen: Any) -> None:
    job = seen["bulk"]["structured"]
    assert (job["total"], job["succeeded"], job["failures"]) == (150, 150, [])
    assert seen["after"]["structured"]["record"]["Health_Score"] == 90
    assert seen["progress"] == sorted(seen["progress"])


def test_an_error_reaches_the_client_as_a_result_it_accepts(seen: Any) -> None:
    refused = seen["refused"]
    assert refused["isError"]
    assert refused["structured"]["error"]["kind"] == "invalid_input"
    assert "Account_Status" in refused["text"]


def test_an_unknown_tool_is_a_protocol_error(seen: Any) -> None:
    assert seen["unknown"] == -32602


def test_the_schema_is_read(seen: Any) -> None:
    assert json.loads(seen["schema"])["module"] == "Accounts"
