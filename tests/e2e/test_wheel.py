"""The package as others get it: built from a clean tree, installed where nothing is, run in a hostile folder."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.child import environment
from support.postgres import stop_embedded
from support.tree import tree
from zohocrm_mcp import __version__

ROOT = Path(__file__).parents[2]
SECONDS = 900
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "-q")

pytestmark = pytest.mark.timeout(SECONDS)


class Venv:
    """A virtual environment with pip and nothing else; its folder has a space in its name."""

    def __init__(self, folder: Path) -> None:
        made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"this Python makes no environment with pip: {made.stdout.strip()[-200:]}")
        self.bin = folder / "bin"

    def python(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [str(self.bin / "python"), *arguments]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=SECONDS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive, made from what git knows or would take."""
    folder = tmp_path_factory.mktemp("built")
    builder = Venv(folder / "builder")
    if (got := builder.python(*PIP, "install", "hatchling", cwd=folder)).returncode:
        pytest.skip(f"the package registry cannot be reached: {got.stderr.strip()[-200:]}")
    made = builder.python("-m", "hatchling", "build", "-d", str(folder / "dist"), cwd=tree(folder / "tree"))
    assert made.returncode == 0, made.stderr
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def files(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_it_holds_the_two_packages_and_nothing_else(files: set[str]) -> None:
    tops = {name.partition("/")[0] for name in files}
    assert tops == {"zohocrm_mcp", "zohocrm_tools", f"zohocrm_mcp-{__version__}.dist-info"}


def test_it_holds_every_module(files: set[str]) -> None:
    sources = {
        str(file.relative_to(ROOT / root)) for root in ("server", "tools") for file in (ROOT / root).rglob("*.py")
    }
    assert {name for name in files if name.endswith(".py")} == sources


def test_it_holds_the_migrations_both_ways(files: set[str]) -> None:
    inside = {name.removeprefix("zohocrm_mcp/migrations/") for name in files if "/migrations/" in name}
    assert inside == {file.name for file in (ROOT / "migrations").iterdir()}
    assert "001_create_zoho_tokens_table.sql" in inside


def test_it_holds_the_pages_of_the_apps(files: set[str]) -> None:
    folder = ROOT / "server" / "zohocrm_mcp" / "apps"
    assert {name for name in files if "/apps/" in name} == {
        f"zohocrm_mcp/apps/{file.name}" for file in folder.iterdir() if file.is_file()
    }


def test_its_types_are_for_others_too(files: set[str]) -> None:
    assert {"zohocrm_mcp/py.typed", "zohocrm_tools/py.typed"} <= files


def test_the_source_archive_makes_the_same_wheel(built: Path, files: set[str], tmp_path: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    python = str(built.parent / "builder" / "bin" / "python")
    offline = ("--no-deps", "--no-build-isolation", "-w", str(tmp_path))
    subprocess.run([python, *PIP, "wheel", *offline, str(source)], cwd=tmp_path, check=True, capture_output=True)
    (found,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(found) as wheel:
        assert set(wheel.namelist()) == files


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Venv:
    folder = tmp_path_factory.mktemp("installed")
    empty = Venv(folder / "an environment")
    done = empty.python(*PIP, "install", str(wheel), cwd=folder)
    assert done.returncode == 0, done.stderr
    return empty


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of somebody whose own files are named like ours."""
    folder = tmp_path_factory.mktemp("somebody's own")
    for name in ("server.py", "tools/__init__.py", "migrations/__init__.py", "migrations/001_first.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("raise RuntimeError('this is not yours')\n")
    (folder / "migrations" / "999_mine.sql").write_text("This is no SQL;\n")
    return folder


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def run(program: tuple[str, ...], hostile: Path, data_dir: Path, *arguments: str) -> str:
    command, variables = [*program, *arguments], environment(data_dir)
    done = subprocess.run(
        command, cwd=hostile, env=variables, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return done.stdout


@pytest.fixture(params=["the command", "the module"])
def program(request: pytest.FixtureRequest, installed: Venv) -> tuple[str, ...]:
    if request.param == "the command":
        return (str(installed.bin / "zohocrm-mcp"),)
    return (str(installed.bin / "python"), "-m", "zohocrm_mcp")


def test_it_tells_its_version(program: tuple[str, ...], hostile: Path, data_dir: Path) -> None:
    assert run(program, hostile, data_dir, "--version") == f"zohocrm-mcp {__version__}\n"


def test_it_finds_its_own_tools(program: tuple[str, ...], hostile: Path, data_dir: Path) -> None:
    tools = json.loads(run(program, hostile, data_dir, "tools", "--json"))
    assert {"get_account", "bulk_update_accounts", "check_health"} <= {tool["name"] for tool in tools}


def test_it_finds_its_own_migrations(program: tuple[str, ...], hostile: Path, tmp_path: Path, files: set[str]) -> None:
    rows = json.loads(run(program, hostile, tmp_path, "migrate", "--status", "--json"))
    stop_embedded(tmp_path)
    ups = sorted(name for name in files if "/migrations/" in name and not name.endswith(".down.sql"))
    assert [f"zohocrm_mcp/migrations/{row['number']:03d}_{row['name']}.sql" for row in rows] == ups
    assert {row["applied_at"] for row in rows} == {None}


def test_it_calls_a_tool_of_the_demo(program: tuple[str, ...], hostile: Path, data_dir: Path) -> None:
    answer = json.loads(run(program, hostile, data_dir, "call", "get_accounts", '{"limit":2}', "--demo"))
    assert (answer["count"], len(answer["records"])) == (2, 2)
    stop_embedded(data_dir)
