"""Zoho's official Node.js SDK."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.integration, pytest.mark.e2e]
PACKAGE = "@zohocrm/nodejs-sdk-8.0@2.0.0"
SCRIPT = Path(__file__).with_name("node_sdk.mjs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDK installed and the script in it."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("Node.js is not installed.")
    made = tmp_path_factory.mktemp("node")
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
    try:
        done = subprocess.run(install, cwd=made, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm took longer than two minutes.")
    if done.returncode:
        pytest.skip(f"{PACKAGE} could not be installed: {done.stderr.strip()[-200:]}")
    shutil.copy(SCRIPT, made)
    return made


@pytest.mark.timeout(240)
def test_the_node_sdk_reads_updates_and_searches(sim: Simulator, crm: httpx2.Client, folder: Path) -> None:
    where = json.dumps({**sim.ready_line(), "folder": str(folder)})
    done = subprocess.run(
        ["node", SCRIPT.name, where], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["statuses"] == [200, 200, 200]
    assert said["count"] == 3
    assert said["outcome"] == "SUCCESS"
    assert said["found"] > 20
    record = crm.get(f"/crm/v8/Accounts/{said['id']}").json()["data"][0]
    assert (record["Account_Name"], record["Health_Score"]) == (said["name"], 77)
