"""A new user's walk: an empty folder, a Python, and the README's own commands, as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters

import lock
from support.child import environment
from support.postgres import stop_embedded
from support.tree import ROOT, tree
from zohocrm_mcp import __version__
from zohocrm_mcp.app import catalog

SECONDS = 900
UV = os.environ.get("UV") or shutil.which("uv")
README = (ROOT / "README.md").read_text(encoding="utf-8")
WAYS = {
    way: command
    for command in re.findall(r"^(python3 -m venv .* demo)$", README, re.MULTILINE)
    for way in ("uv" if "uv run" in command else "pip",)
}
PYTHONS = ("3.11", "3.13")

pytestmark = pytest.mark.timeout(SECONDS)


def python(version: str) -> str:
    """Return a Python of this minor version, from the path or from pyenv; skips where there is none."""
    pyenv = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python3")
    candidates = [sys.base_prefix + "/bin/python3", shutil.which(f"python{version}") or "", *map(str, pyenv)]
    asks = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"
    for candidate in filter(None, candidates):
        found = subprocess.run([candidate, "-c", asks], capture_output=True, text=True, check=False, env={})
        if found.stdout.strip() == version:
            return candidate
    pytest.skip(f"there is no Python {version} that can make environments")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    stop_embedded(tmp_path / "data")


def walked(command: str, version: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the README in a clone, where ``python3`` is of this version and uv is not installed."""
    clone, programs = tree(home / "a clone"), home / "programs"
    programs.mkdir()
    (programs / "python3").symlink_to(python(version))
    env = environment(home / "data", PATH=f"{programs}:/usr/bin:/bin", COLUMNS="200", UV_PYTHON_DOWNLOADS="never")
    kept = {name: value for name, value in env.items() if name not in ("VIRTUAL_ENV", "UV", "UV_PROJECT_ENVIRONMENT")}
    return subprocess.run(
        ["sh", "-c", command], cwd=clone, env=kept, capture_output=True, text=True, check=False, timeout=SECONDS
    )


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("way", WAYS)
def test_the_demo_runs_by_the_readme_alone_and_what_it_gives_to_paste_works(way: str, version: str, home: Path) -> None:
    done = walked(WAYS[way], version, home)
    assert done.returncode == 0, done.stderr
    assert "150 accounts hold their old values again" in done.stdout
    server = json.loads(done.stdout[done.stdout.index("\n{") :])["mcpServers"]["zohocrm"]
    env = environment(home / "data")
    names = anyio.run(listed, StdioServerParameters(command=server["command"], args=server["args"], env=env, cwd=home))
    assert names == {spec.name for spec in catalog().choose(None, read_only=False)}


async def listed(started: StdioServerParameters) -> set[str]:
    async with Client(started) as client:
        return {tool.name for tool in (await client.list_tools()).tools}


def test_there_are_both_ways() -> None:
    assert set(WAYS) == {"uv", "pip"}


@pytest.mark.skipif(UV is None, reason="uv is not on the path")
def test_the_lock_is_current(tmp_path: Path) -> None:
    copy = tmp_path / "constraints.txt"
    shutil.copy(lock.CONSTRAINTS, copy)
    done = lock.resolve(copy)
    assert done.returncode == 0, done.stderr
    assert copy.read_text(encoding="utf-8") == lock.CONSTRAINTS.read_text(encoding="utf-8")


def test_the_lock_names_no_host() -> None:
    assert "://" not in lock.CONSTRAINTS.read_text(encoding="utf-8")


@pytest.mark.skipif(UV is None, reason="uv is not on the path")
@pytest.mark.parametrize("version", PYTHONS)
def test_what_the_lock_names_can_be_installed_and_runs_the_product(version: str, tmp_path: Path) -> None:
    clone = tree(tmp_path / "clone")
    program = tmp_path / "venv" / "bin" / "python"
    for command in (
        ("venv", "--python", python(version), str(tmp_path / "venv")),
        ("pip", "install", "--python", str(program), "--require-hashes", "-r", str(clone / "constraints.txt")),
        ("pip", "install", "--python", str(program), "--no-deps", str(clone)),
        ("pip", "check", "--python", str(program)),
    ):
        done = subprocess.run(
            [str(UV), *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        assert done.returncode == 0, done.stderr
    told = subprocess.run(
        [str(program), "-m", "zohocrm_mcp", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout == f"zohocrm-mcp {__version__}\n"
