"""``demo`` as somebody runs it who has just installed the product: what it tells, and who may run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from io import StringIO
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

import record
import zohocrm_mcp
import zohocrm_tools
from support.child import SECONDS, environment
from support.postgres import stop_embedded
from zohocrm_mcp.app import catalog
from zohocrm_mcp.cli._story import Story
from zohocrm_mcp.cli.demo import Caller
from zohocrm_mcp.db.account import Account, Identity

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY = Account(65534, 65534)
WIDE = "200"
DOCS = Path(__file__).parents[2] / "docs"


def demo(
    folder: Path, *, python: str = sys.executable, columns: str = WIDE, identity: Identity | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the demo with a data directory of its own; what it has started is stopped."""
    command, data_dir = [python, "-m", "zohocrm_mcp", "demo"], folder / "data"
    given = environment(data_dir, HOME=str(folder), COLUMNS=columns, **more)
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            **identity or {},
        )
    finally:
        stop_embedded(data_dir)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    return demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def text(shown: subprocess.CompletedProcess[str]) -> str:
    return shown.stdout


def test_it_ends_well_and_complains_of_nothing(shown: subprocess.CompletedProcess[str]) -> None:
    assert (shown.returncode, shown.stderr) == (0, "")


def test_it_says_how_many_tools_there_are(text: str) -> None:
    assert f"{len(catalog().choose(None, read_only=False))} tools over a simulated Zoho CRM" in text


def test_it_shows_the_values_of_a_pick_list(text: str) -> None:
    assert "Account_Status (Account Status, picklist): Active, Inactive, Prospect, Churned, On Hold" in text


def test_it_finds_technology_accounts_that_make_more_than_a_million(text: str) -> None:
    rows = re.findall(r"^ +\S.*? +Technology +([\d,]+) ", text, re.MULTILINE)
    assert len(rows) == 5
    assert all(int(revenue.replace(",", "")) > 1_000_000 for revenue in rows)
    assert "5 shown and there are more" in text


def test_it_refuses_a_typing_mistake_and_knows_the_word_that_was_meant(text: str) -> None:
    assert "refused before anything was sent: 'Aktive' is not among the values of Account_Status" in text
    assert "Did you mean 'Active'?" in text


def test_it_plans_a_change_makes_it_and_takes_it_back(text: str) -> None:
    assert re.search(r"planned: 150 changes, the first \d+ to 90\n", text)
    assert "succeeded: 150 of 150, 0 failed" in text
    assert "succeeded: 150 accounts hold their old values again" in text


def pasted(text: str) -> dict[str, object]:
    """What the demo gives to paste, as a client reads it."""
    configuration = json.loads(text[text.index("\n{") :])
    server: dict[str, object] = configuration["mcpServers"]["zohocrm"]
    return server


def test_what_it_gives_to_paste_starts_the_server(text: str) -> None:
    server = pasted(text)
    assert server["args"] == ["serve", "--demo"]
    done = subprocess.run([str(server["command"]), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"zohocrm-mcp {zohocrm_mcp.__version__}\n"


def test_what_it_gives_to_paste_is_whole_on_a_terminal_narrower_than_the_path() -> None:
    out = StringIO()
    Story(Console(file=out, width=16), cast("Caller", None), lambda _label: nullcontext(silent))._snippet()
    assert Path(str(pasted(out.getvalue())["command"])).name == "zohocrm-mcp"


async def silent(progress: float, total: float | None, message: str | None) -> None:
    """Show no progress."""


def words(text: str) -> list[str]:
    """What a person reads: no bars, no times, no paths of this machine, however it is wrapped."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    plain = re.sub(r"[━╸╺]+|\d+/\d+|\d+:\d\d:\d\d|\S*/zohocrm-mcp(?=\")", " ", plain)
    return [word for word in plain.split() if word not in ("updating", "undoing")]


def test_the_recording_shows_what_the_demo_shows(text: str) -> None:
    head, *lines = (DOCS / "demo.cast").read_text(encoding="utf-8").splitlines()
    assert json.loads(head)["version"] == 2
    told = record.last_picture([(at, shown) for at, _, shown in map(json.loads, lines)])
    assert words(told) == ["$", "zohocrm-mcp", "demo", *words(text)]


def test_the_picture_of_it_loads_nothing_from_elsewhere() -> None:
    picture = (DOCS / "demo.svg").read_text(encoding="utf-8")
    assert "accounts hold their old values again" in picture.replace("&#160;", " ")
    assert re.findall(r"(?:href|url\()[^)>]*https?:", picture) == []


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can enter and the user nobody may write to."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        home = Path(name) / "home"
        home.mkdir()
        NOBODY.give(home)
        yield home


@pytest.mark.skipif(not IS_ROOT, reason="only root can be another user")
def test_it_needs_no_root(open_folder: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = (Path(sys.executable), Path("/usr/bin") / version, Path("/usr/local/bin") / version)
    python = next((each for each in candidates if each.exists() and NOBODY.reaches(each)), None)
    sources = [str(Path(package.__file__ or "").parents[1]) for package in (zohocrm_mcp, zohocrm_tools)]
    packages = [*sources, sysconfig.get_path("purelib")]
    if python is None or not all(NOBODY.reaches(Path(each)) for each in packages):
        pytest.skip(f"{version} or its packages cannot be read by the user nobody")
    paths = {"PYTHONPATH": os.pathsep.join(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    done = demo(open_folder, python=str(python), identity=NOBODY.identity(), **paths)
    assert (done.returncode, done.stderr) == (0, "")
    assert "150 accounts hold their old values again" in done.stdout
    assert (open_folder / "data" / "encryption.key").stat().st_uid == 65534
