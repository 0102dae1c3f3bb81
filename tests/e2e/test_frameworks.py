"""An agent framework from the package registry, with a model that follows a script, works through the server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.child import Child, environment, serve
from support.postgres import stop_embedded

SECONDS = 600
UV = os.environ.get("UV") or shutil.which("uv")
FRAMEWORK = "pydantic-ai-slim[mcp]==2.68.0"
AGENT = str(Path(__file__).with_name("agent.py"))

pytestmark = [
    pytest.mark.timeout(SECONDS),
    pytest.mark.skipif(UV is None, reason="uv, which makes the agent's environment, is not on the path"),
]


@contextmanager
def over_stdio(env: dict[str, str]) -> Iterator[str]:
    program, *arguments = serve("--demo")
    yield json.dumps({"command": program, "args": arguments, "env": env})


@contextmanager
def over_http(env: dict[str, str]) -> Iterator[str]:
    command = serve("--demo", "--transport", "http", "--port", "0")
    with Child(*command, env={**env, "ZOHO_MCP_LOG_FORMAT": "json"}) as child:
        yield str(json.loads(child.error_line("listening"))["url"])


@pytest.fixture(scope="module", params=[over_stdio, over_http], ids=["stdio", "http"])
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each tool of the script answered."""
    folder = tmp_path_factory.mktemp("agent")
    env = environment(folder / "data")
    try:
        with request.param(env) as target:
            return run(target, folder)
    finally:
        stop_embedded(folder / "data")


def run(target: str, folder: Path) -> list[dict[str, Any]]:
    command = [str(UV), "run", "--quiet", "--no-project", "--isolated", "--python", sys.executable]
    command += ["--with", FRAMEWORK, "python", AGENT, target]
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_an_agent_searches_changes_many_and_takes_it_back(answers: list[dict[str, Any]]) -> None:
    found, planned, done, changed, undone = answers
    assert found["count"] == 10
    assert all(record["Industry"] == "Technology" for record in found["records"])
    assert (planned["state"], planned["pending"]) == ("planned", 10)
    assert (done["state"], done["succeeded"]) == ("succeeded", 10)
    assert changed["record"]["Health_Score"] == 77
    assert (undone["state"], undone["succeeded"]) == ("succeeded", 10)
