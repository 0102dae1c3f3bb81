"""The embedded PostgreSQL in quiet times: started, shared, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from support.postgres import embedded_data_dir, embedded_prepared_dir, stop_embedded  # noqa: F401 - fixtures
from zohocrm_mcp.db.embedded import ensure
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.state import State
from zohocrm_mcp.db.waiting import until

ENSURE = "import sys, pathlib; from zohocrm_mcp.db.embedded import ensure; print(ensure(pathlib.Path(sys.argv[1])))"


def state_of(data_dir: Path) -> State:
    state = State.read(Layout.of(data_dir).state)
    assert state
    return state


def is_gone(data_dir: Path) -> bool:
    return not FileLock(Layout.of(data_dir).supervisor_lock).is_taken()


def connected(data_dir: Path, *, ephemeral: bool = False) -> psycopg.Connection:
    """Connect to a server that ends as soon as it is idle: one that ends this very moment is followed by another."""
    for _ in range(20):
        try:
            connection = psycopg.connect(ensure(data_dir, idle_seconds=0.1, ephemeral=ephemeral))
            connection.execute("SELECT pg_sleep(0.2)")
        except psycopg.OperationalError:
            continue
        return connection
    raise AssertionError("the server ends whoever is connected")


def test_an_empty_directory_becomes_a_database(tmp_path: Path) -> None:
    with psycopg.connect(ensure(tmp_path / "new" / "folder")) as connection:
        row = connection.execute("SELECT current_database(), current_user, 'ÄÖ' ~* 'äö', lower('ÄÖ')").fetchone()
    stop_embedded(tmp_path / "new" / "folder")
    assert row == ("zohocrm", "zohocrm", True, "äö")


def test_a_running_server_is_found_again(data_dir: Path) -> None:
    first = ensure(data_dir), state_of(data_dir)
    assert (ensure(data_dir), state_of(data_dir)) == first


def test_the_data_outlives_the_server(data_dir: Path) -> None:
    with psycopg.connect(ensure(data_dir)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    stop_embedded(data_dir)
    with psycopg.connect(ensure(data_dir)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_database_that_is_missing_is_made(data_dir: Path) -> None:
    ensure(data_dir)
    with psycopg.connect(ensure(data_dir, 'it\'s "another"')) as connection:
        assert connection.info.dbname == 'it\'s "another"'


def test_six_processes_that_start_cold_at_once_share_one_server(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENSURE, str(tmp_path)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    urls = {starter.communicate(timeout=60)[0] for starter in starters}
    assert [starter.returncode for starter in starters] == [0] * 6
    assert urls == {ensure(tmp_path) + "\n"}
    stop_embedded(tmp_path)


def test_a_client_that_ends_leaves_no_open_pipe_and_no_terminal_behind(data_dir: Path) -> None:
    """An MCP client waits for the end of its server's stdout; Ctrl-C in its terminal must not reach the database."""
    command = [sys.executable, "-c", ENSURE, str(data_dir)]
    url = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=True
    ).stdout
    assert url == ensure(data_dir) + "\n"
    assert os.getsid(state_of(data_dir).supervisor_pid) != os.getsid(0)


def test_an_idle_server_stops_and_the_next_client_starts_another(data_dir: Path) -> None:
    ensure(data_dir, idle_seconds=4)
    first = state_of(data_dir)
    assert until(lambda: is_gone(data_dir), 30)
    assert not Layout.of(data_dir).state.exists()
    ensure(data_dir)
    assert state_of(data_dir).server_pid != first.server_pid


def test_a_connected_client_keeps_the_server(data_dir: Path) -> None:
    with connected(data_dir) as connection:
        assert connection.execute("SELECT 'still here' FROM pg_sleep(1)").fetchone() == ("still here",)
    assert until(lambda: is_gone(data_dir), 30)


def test_nothing_of_an_ephemeral_server_stays(tmp_path: Path) -> None:
    folder = tmp_path / "passing"
    ensure(folder, idle_seconds=0.1, ephemeral=True)
    assert until(lambda: not folder.exists(), 30)


def test_clients_of_an_ephemeral_server_that_ends_get_another(tmp_path: Path) -> None:
    for _ in range(3):
        with connected(tmp_path / "passing", ephemeral=True) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert until(lambda: not (tmp_path / "passing").exists(), 30)


def test_only_the_owner_can_read_the_passwords_the_logs_and_the_data(data_dir: Path) -> None:
    ensure(data_dir)
    layout = Layout.of(data_dir)
    private = [layout.secrets, layout.state, layout.server_log, layout.supervisor_log, layout.cluster]
    assert [path.name for path in private if path.stat().st_mode & 0o077] == []


def test_the_clients_work_without_the_rights_of_a_superuser(data_dir: Path) -> None:
    with psycopg.connect(ensure(data_dir)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("COPY (SELECT 1) TO PROGRAM 'true'")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_setting_of_the_client_is_handed_on(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_SDK_CLIENT_SECRET", "do-not-pass-on")
    ensure(data_dir)
    for pid in (state_of(data_dir).supervisor_pid, state_of(data_dir).server_pid):
        assert b"do-not-pass-on" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_a_supervisor_that_is_asked_to_end_stops_the_server_in_order(data_dir: Path) -> None:
    ensure(data_dir)
    os.kill(state_of(data_dir).supervisor_pid, signal.SIGTERM)
    assert until(lambda: is_gone(data_dir), 30)
    assert "database system is shut down" in Layout.of(data_dir).server_log.read_text(encoding="utf-8")
