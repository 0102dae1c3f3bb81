"""Clients that are not ours, from npm, installed once into a cache outside the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import platformdirs
import pytest

from support.child import environment

PACKAGES = {"@modelcontextprotocol/inspector": "2.12.0", "@modelcontextprotocol/sdk": "1.32.2"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("npm"))


@pytest.fixture(scope="session")
def npm() -> Path:
    """A folder with the clients in its ``node_modules``; skipped where they cannot be had."""
    tool = shutil.which("npm")
    if not tool or not shutil.which("node"):
        pytest.skip("Node.js and npm are not installed")
    given = os.environ.get("ZOHOCRM_MCP_TEST_CACHE")
    folder = Path(given) if given else platformdirs.user_cache_path("zohocrm-mcp-tests", appauthor=False)
    wanted = json.dumps({"private": True, "dependencies": PACKAGES}, indent=2)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "package.json"
    if (folder / "installed.json").exists() and (folder / "installed.json").read_text() == wanted:
        return folder
    manifest.write_text(wanted)
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    done = subprocess.run(
        [tool, "install", *quiet], cwd=folder, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        pytest.skip(f"npm cannot install the clients: {done.stderr.strip()[-200:]}")
    (folder / "installed.json").write_text(wanted)
    return folder


@pytest.fixture(scope="session")
def demo_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One data directory for all of them, so that the embedded PostgreSQL is made once."""
    folder = tmp_path_factory.mktemp("demo", numbered=True)
    return environment(folder / "data", HOME=str(folder), MCP_CATALOG_PATH=str(folder / "catalog.json"))
