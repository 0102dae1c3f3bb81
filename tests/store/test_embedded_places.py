"""Where the embedded PostgreSQL can live, as whom it runs, and what it says where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

import zohocrm_mcp
from support.postgres import embedded_data_dir, embedded_prepared_dir, stop_embedded  # noqa: F401 - fixtures
from zohocrm_mcp.db import binaries, copies
from zohocrm_mcp.db.account import Account
from zohocrm_mcp.db.binaries import Binaries
from zohocrm_mcp.db.embedded import ensure
from zohocrm_mcp.db.faults import start_failed
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.state import State
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import ZohoConfigError, ZohoDatabaseError, ZohoError

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
only_root = pytest.mark.skipif(not IS_ROOT, reason="only root hands PostgreSQL to another user")

AS_NOBODY = """
import os, pathlib, sys
from zohocrm_mcp.db.embedded import ensure
import psycopg
with psycopg.connect(ensure(pathlib.Path(sys.argv[1]), idle_seconds=4, ephemeral=True)) as connection:
    print(os.geteuid(), connection.execute("SELECT current_user").fetchone())
"""


def select_one(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone()


def server_pid(data_dir: Path) -> int:
    state = State.read(Layout.of(data_dir).state)
    assert state
    return state.server_pid


def folder_of(url: str) -> Path:
    return Path(str(conninfo_to_dict(url)["host"]))


def refusal(data_dir: Path) -> ZohoError:
    with pytest.raises(ZohoError) as caught:
        ensure(data_dir)
    return caught.value


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that every user can enter, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def long_dir(prepared_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory whose path is too long for a socket."""
    long = tmp_path / ("d" * 100)
    subprocess.run(["cp", "-a", prepared_dir, long], check=True)
    with open_folder() as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        yield long
        stop_embedded(long)


def test_a_path_too_long_for_a_socket_works(long_dir: Path) -> None:
    url = ensure(long_dir)
    assert select_one(url) == (1,)
    link = folder_of(url)
    assert link.readlink() == Layout.of(long_dir).cluster
    assert not link.parent.stat().st_mode & 0o077


def test_the_short_link_to_a_long_path_is_made_again_when_a_cleaner_has_removed_it(long_dir: Path) -> None:
    folder_of(ensure(long_dir)).unlink()
    assert select_one(ensure(long_dir)) == (1,)


@only_root
def test_for_root_the_server_runs_as_somebody_else_even_below_a_closed_directory(data_dir: Path) -> None:
    data_dir.chmod(0o700)
    account = Account.choose(Layout.of(data_dir).cluster)
    assert not account.reaches(data_dir)
    assert select_one(ensure(data_dir)) == (1,)
    assert account.uid not in {0, None}
    assert Path(f"/proc/{server_pid(data_dir)}").stat().st_uid == account.uid


@only_root
def test_root_leaves_the_permissions_of_other_directories_alone(tmp_path: Path) -> None:
    before = {path: path.stat().st_mode for path in (tmp_path, *tmp_path.parents)}
    ensure(tmp_path / "data", ephemeral=True)
    stop_embedded(tmp_path / "data")
    assert {path: path.stat().st_mode for path in before} == before


@pytest.fixture
def hidden_binaries(tmp_path: Path) -> Binaries:
    """A copy of the wheel below a directory that only root can enter."""
    found = binaries.find()
    package = next(parent for parent in found.folder.parents if parent.name == binaries.WHEEL)
    closed = tmp_path / "closed"
    for source in (package, *package.parent.glob(f"{binaries.WHEEL}.libs")):
        shutil.copytree(source, closed / source.name, symlinks=True, ignore=shutil.ignore_patterns("pginstall"))
    closed.chmod(0o700)
    return Binaries(closed / found.folder.relative_to(package.parent), found.major)


@only_root
def test_binaries_out_of_reach_are_copied_to_where_they_can_be_run(
    hidden_binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "find", lambda _: hidden_binaries)
    with open_folder() as folder:
        assert select_one(ensure(folder / "data", ephemeral=True)) == (1,)
        program = Path(f"/proc/{server_pid(folder / 'data')}/exe").readlink()
        assert program.is_relative_to(folder / "data" / "postgresql" / "binaries")
        stop_embedded(folder / "data")


@only_root
def test_binaries_and_data_out_of_reach_share_the_copy_of_the_system(
    hidden_binaries: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_folder() as system:
        monkeypatch.setattr(copies, "SYSTEM_DATA_DIR", system / "zohocrm-mcp")
        account = Account.choose(tmp_path / "no cluster")
        copied = copies.runnable(hidden_binaries, account, tmp_path)
        assert copied.folder.is_relative_to(system)
        assert copies.runnable(hidden_binaries, account, tmp_path) == copied


@only_root
def test_an_ordinary_user_needs_no_help_of_root() -> None:
    nobody = Account(65534, 65534)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = (Path(sys.executable), Path("/usr/bin") / version, Path("/usr/local/bin") / version)
    python = next((each for each in candidates if each.exists() and nobody.reaches(each)), None)
    packages = [str(Path(zohocrm_mcp.__file__).parents[1]), sysconfig.get_path("purelib")]
    if python is None or not all(nobody.reaches(Path(each)) for each in packages):
        pytest.skip(f"{version} or its packages cannot be read by the user nobody")
    with open_folder() as folder:
        os.chown(folder, 65534, 65534)
        done = subprocess.run(
            [python, "-c", AS_NOBODY, folder / "data"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PYTHONPATH": os.pathsep.join(packages), "PYTHONDONTWRITEBYTECODE": "1"},
            **nobody.identity(),
        )
        assert (done.returncode, done.stdout.strip()) == (0, "65534 ('zohocrm',)"), done.stderr
        assert until(lambda: not (folder / "data").exists(), 30)


def test_a_cluster_of_an_older_version_is_opened_by_its_own_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        older = binaries.find(16)
    except ZohoDatabaseError:
        pytest.skip("no PostgreSQL 16 on this machine")
    with monkeypatch.context() as patch:
        patch.setattr(binaries, "find", lambda _: older)
        ensure(tmp_path)
        stop_embedded(tmp_path)
    with psycopg.connect(ensure(tmp_path)) as connection:
        assert connection.info.server_version // 10000 == 16
    stop_embedded(tmp_path)


def test_a_cluster_of_a_version_that_is_not_here_is_left_alone(data_dir: Path) -> None:
    version = Layout.of(data_dir).cluster / "PG_VERSION"
    version.write_text("13\n", encoding="ascii")
    error = refusal(data_dir)
    assert isinstance(error, ZohoDatabaseError)
    assert "was made by PostgreSQL 13, which is not on this machine" in str(error)
    assert "Install PostgreSQL 13" in error.hint
    assert version.read_text(encoding="ascii") == "13\n"


def test_half_a_cluster_is_left_alone(data_dir: Path) -> None:
    (Layout.of(data_dir).cluster / "PG_VERSION").unlink()
    assert "is no complete PostgreSQL cluster" in str(refusal(data_dir))
    assert (Layout.of(data_dir).cluster / "base").is_dir()


def test_lost_passwords_are_named(data_dir: Path) -> None:
    Layout.of(data_dir).secrets.unlink()
    assert "The passwords of the embedded database are gone" in str(refusal(data_dir))


def test_a_cluster_that_cannot_start_says_what_the_server_said_each_time(data_dir: Path) -> None:
    (Layout.of(data_dir).cluster / "global" / "pg_control").write_bytes(b"")
    for _ in range(2):
        assert "cannot start: could not read file" in str(refusal(data_dir))
    assert str(Layout.of(data_dir).server_log) in refusal(data_dir).hint


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = refusal(tmp_path / "file")
    assert isinstance(error, ZohoConfigError)
    assert error.details["variable"] == "ZOHO_MCP_DATA_DIR"
    assert f"{tmp_path / 'file'} cannot hold the embedded database: it is not a directory" in str(error)


@only_root
def test_a_database_of_another_user_is_named(data_dir: Path) -> None:
    os.chown(Layout.of(data_dir).root, 65534, 65534)
    assert "its database belongs to another user" in str(refusal(data_dir))
    os.chown(Layout.of(data_dir).root, 0, 0)


def test_a_machine_without_postgresql_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_folders", lambda: iter([tmp_path]))
    error = refusal(tmp_path / "data")
    assert isinstance(error, ZohoConfigError)
    assert "there are no PostgreSQL programs that run on this machine" in str(error)
    assert "Install PostgreSQL 14 or newer, or set DATABASE_URL" in error.hint


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("initdb: error: could not create directory: No space left on device", "the disk is full"),
        ("PANIC:  could not write to file: No space left on device", "the disk is full"),
        ("could not open lock file: Read-only file system", "its disk is read-only"),
        ("LOG: fine\nFATAL:  something new.\nLOG: shut down", "cannot start: something new."),
        ("", "no reason given"),
    ],
)
def test_what_postgresql_complains_about_becomes_one_sentence(output: str, said: str) -> None:
    error = start_failed(output, Path("/data/postgresql/postgresql.log"))
    assert said in str(error)
    assert "/data" in str(error)
