"""Clients that are not ours, from npm, installed once into a cache outside the repository."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from support.apps import account, axe, host_script, shown, twins  # noqa: F401 -- fixtures
from support.child import environment
from support.serving import Served, serving
from zohocrm_mcp.app import catalog
from zohocrm_mcp.db.locks import FileLock

MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
OWN_NODE = f"node-linux-{MACHINES.get(platform.machine(), 'x64')}"
"""A newer Node.js than most systems have, as a package."""
PACKAGES = {
    "@modelcontextprotocol/client": "2.4.0",
    "@modelcontextprotocol/conformance": "0.2.0-alpha.12",
    "@anthropic-ai/mcpb": "2.1.2",
    "@modelcontextprotocol/ext-apps": "2.0.4",
    "@modelcontextprotocol/inspector": "2.12.0",
    "@modelcontextprotocol/sdk": "1.32.2",
    "axe-core": "4.14.1",
    "esbuild": "0.28.2",
    **({OWN_NODE: "24.21.0"} if sys.platform == "linux" and platform.machine() in MACHINES else {}),
}
OLDEST_NODE = 20
OLDEST_NODE_OF_CONFORMANCE = 22
INSTALL_SECONDS = 600.0


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for groups, however the tests were named
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("npm"))


@pytest.fixture(scope="session")
def npm() -> Path:
    """A folder with the clients in its ``node_modules``; skipped where they cannot be had."""
    if (found := node_version()) < OLDEST_NODE:
        pytest.skip(f"Node.js {OLDEST_NODE} or newer and npm are needed; there is {found or 'none'}")
    given = os.environ.get("ZOHOCRM_MCP_TEST_CACHE")
    folder = Path(given) if given else platformdirs.user_cache_path("zohocrm-mcp-tests", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "install.lock").held(INSTALL_SECONDS, before=lambda: None):
        install(folder)
    return folder


def node_version() -> int:
    """Return the major version of Node.js, 0 without it or without npm."""
    if not shutil.which("npm") or not shutil.which("node"):
        return 0
    command = ["node", "-p", "process.versions.node"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.partition(".")[0])


@pytest.fixture(scope="session")
def node(npm: Path) -> str:
    """A Node.js that is new enough for the conformance suite."""
    own = npm / "node_modules" / OWN_NODE / "bin" / "node"
    if not own.exists() and node_version() < OLDEST_NODE_OF_CONFORMANCE:
        pytest.skip(f"Node.js {OLDEST_NODE_OF_CONFORMANCE} or newer is needed, and there is no package for this system")
    return str(own) if own.exists() else "node"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One process that serves everything over both HTTP transports, for all clients in turn."""
    with serving(tmp_path_factory.mktemp("served"), "http+sse", "--toolsets", ",".join(catalog().toolsets)) as running:
        yield running


def install(folder: Path) -> None:
    wanted = json.dumps({"private": True, "dependencies": PACKAGES}, indent=2)
    done = folder / "installed.json"
    if done.exists() and done.read_text() == wanted:
        return
    (folder / "package.json").write_text(wanted)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    if made.returncode:
        pytest.skip(f"npm cannot install the clients: {made.stderr.strip()[-200:]}")
    done.write_text(wanted)


@pytest.fixture(scope="session")
def demo_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One data directory for all of them, so that the embedded PostgreSQL is made once."""
    folder = tmp_path_factory.mktemp("demo", numbered=True)
    return environment(folder / "data", HOME=str(folder), MCP_CATALOG_PATH=str(folder / "catalog.json"))
