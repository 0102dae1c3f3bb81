"""The bundle for Claude Desktop: checked and packed by its own tool, unpacked, and started as the client would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

import bundle
from support.child import environment
from support.postgres import stop_embedded
from zohocrm_mcp.app import catalog
from zohocrm_mcp.simulator import Simulator

SECONDS = 600
UV = os.environ.get("UV") or shutil.which("uv")

pytestmark = pytest.mark.timeout(SECONDS)


def ran(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(npm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    staged, packed = folder / "staged", folder / "zohocrm-mcp.mcpb"
    staged.mkdir()
    bundle.stage(staged)
    packer = str(npm / "node_modules" / ".bin" / "mcpb")
    assert "validation passes" in ran(packer, "validate", str(staged / "manifest.json"), cwd=folder)
    ran(packer, "pack", str(staged), str(packed), cwd=folder)
    ran(packer, "unpack", str(packed), str(folder / "un packed"), cwd=folder)
    return folder / "un packed"


def configured(unpacked: Path, npm: Path, **given: object) -> dict[str, Any]:
    script = str(Path(__file__).with_name("configured.mjs"))
    config: dict[str, Any] = json.loads(ran("node", script, str(unpacked), json.dumps(given), str(npm), cwd=unpacked))
    return config


def test_it_holds_the_product_and_nothing_of_this_machine(unpacked: Path) -> None:
    with zipfile.ZipFile(unpacked.with_name("zohocrm-mcp.mcpb")) as packed:
        names = packed.namelist()
    assert {name.partition("/")[0] for name in names} == {"manifest.json", *bundle.FILES, *bundle.FOLDERS}
    assert [name for name in names if "__pycache__" in name] == []


def test_what_a_person_leaves_empty_is_not_passed_on_as_a_placeholder(unpacked: Path, npm: Path) -> None:
    config = configured(unpacked, npm, client_id="1000.A", client_secret="s")
    assert "${" not in json.dumps(config)
    assert config["env"]["ZOHO_MCP_READ_ONLY"] == "false"


@pytest.mark.skipif(UV is None, reason="uv is not on the path")
def test_it_starts_as_claude_desktop_starts_it_and_lists_its_tools(unpacked: Path, npm: Path, tmp_path: Path) -> None:
    with Simulator(accounts=5) as crm:
        given = {"client_id": crm.client_id, "client_secret": crm.client_secret, "refresh_token": crm.refresh_token}
        config = configured(unpacked, npm, **given)
        hosts = {
            "ZOHO_SDK_API_URL": crm.api_url,
            "ZOHO_SDK_ACCOUNTS_URL": crm.accounts_url,
            "ZOHO_SDK_UPLOAD_URL": crm.upload_url,
        }
        env = environment(tmp_path, **hosts, **config["env"], UV_PYTHON=sys.executable, UV_NO_PROGRESS="1")
        env.pop("VIRTUAL_ENV", None)
        assert config["command"] == "uv"
        started = StdioServerParameters(command=str(UV), args=config["args"], env=env, cwd=tmp_path)
        try:
            names, count = anyio.run(listed, started)
        finally:
            stop_embedded(tmp_path)
    assert names == {spec.name for spec in catalog().choose(None, read_only=False)}
    assert count == 5


async def listed(started: StdioServerParameters) -> tuple[set[str], int]:
    async with Client(started, read_timeout_seconds=SECONDS) as client:
        tools = await client.list_tools()
        counted = await client.call_tool("count_records", {})
        assert counted.structured_content
        return {tool.name for tool in tools.tools}, counted.structured_content["count"]
