"""Real Python clients of each older revision of the protocol, each in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.child import serve
from support.serving import Served

SECONDS = 300
UV = os.environ.get("UV") or shutil.which("uv")
SCRIPT = str(Path(__file__).with_name("old_client.py"))
PYDANTIC = "pydantic<2.12"
"""What these versions of mcp work with."""
REVISIONS = {"1.1.3": "2024-11-05", "1.9.4": "2025-03-26", "1.12.4": "2025-06-18", "1.28.1": "2025-11-25"}
WITH = {"1.9.4": [PYDANTIC], "1.12.4": [PYDANTIC]}
WAYS = [
    (version, transport)
    for version in REVISIONS
    for transport in ("stdio", "sse", "http")
    if (version, transport) != ("1.1.3", "http")  # it is older than Streamable HTTP
]

pytestmark = [
    pytest.mark.timeout(SECONDS),
    pytest.mark.skipif(UV is None, reason="uv, which makes the clients' environments, is not on the path"),
]


def run(*command: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A Python for each version of the client."""
    assert UV
    folder = tmp_path_factory.mktemp("clients")
    for version in REVISIONS:
        run(UV, "venv", "-q", "--python", sys.executable, str(folder / version))
        wanted = [f"mcp=={version}", *WITH.get(version, [])]
        made = subprocess.run(
            [UV, "pip", "install", "-q", "--python", str(folder / version / "bin" / "python"), *wanted],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if made.returncode:
            pytest.skip(f"mcp {version} cannot be installed: {made.stderr.strip()[-200:]}")
    return {version: str(folder / version / "bin" / "python") for version in REVISIONS}


@pytest.fixture(scope="module", params=WAYS, ids=" ".join)
def seen(
    request: pytest.FixtureRequest, pythons: dict[str, str], served: Served, demo_environment: dict[str, str]
) -> dict[str, Any]:
    """What one client saw. The warnings of old packages are theirs."""
    version, transport = request.param
    target = serve("--demo") if transport == "stdio" else (getattr(served, transport),)
    shown = run(pythons[version], "-W", "ignore", SCRIPT, transport, *target, env=demo_environment)
    found: dict[str, Any] = json.loads(shown)
    assert (found["mcp"], found["protocol"]) == (version, REVISIONS[version])
    return found


def test_it_shakes_hands_and_lists_the_tools(seen: dict[str, Any]) -> None:
    assert seen["server"] == "zohocrm-mcp"
    assert {"get_account", "search_accounts", "bulk_update_accounts"} <= set(seen["tools"])


def test_it_reads_and_changes_accounts(seen: dict[str, Any]) -> None:
    (first, _) = json.loads(seen["page"]["text"])["records"]
    assert json.loads(seen["read"]["text"])["record"]["Account_Name"] == first["Account_Name"]
    assert json.loads(seen["changed"]["text"])["record_id"] == first["id"]


def test_it_is_told_of_mistakes_in_the_two_ways_there_are(seen: dict[str, Any]) -> None:
    assert seen["refused"]["is_error"]
    assert "1" in seen["refused"]["text"]
    assert (seen["unknown_tool"], seen["unknown_prompt"], seen["unknown_resource"]) == (-32602,) * 3


def test_it_reads_resources_and_prompts(seen: dict[str, Any]) -> None:
    assert "crm://accounts/schema" in seen["resources"]
    assert seen["schema"] == ["Account_Name"]
    assert "account_review" in seen["prompts"]
    assert "Acme" in seen["prompt"]


def test_it_completes_and_sets_a_level_of_logging(seen: dict[str, Any]) -> None:
    assert seen["completed"] == ["Accounts"]
    assert seen["level"] == 0
