"""The embedded PostgreSQL when processes are killed: whoever it was, the next client has a server and all its data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from support.postgres import embedded_data_dir, embedded_prepared_dir  # noqa: F401 - fixtures
from zohocrm_mcp.db.account import Account
from zohocrm_mcp.db.embedded import ensure
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.state import State
from zohocrm_mcp.db.waiting import until

CONNECT = """
import sys, pathlib, psycopg
from zohocrm_mcp.db.embedded import ensure
with psycopg.connect(ensure(pathlib.Path(sys.argv[1]), idle_seconds=4)) as connection:
    print("connected", flush=True)
    connection.execute("SELECT pg_sleep(600)")
"""

ORPHAN = """
import os, sys, pathlib
from zohocrm_mcp.db import binaries
from zohocrm_mcp.db.account import Account
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.server import Server
from zohocrm_mcp.db.waiting import until
layout = Layout.of(pathlib.Path(sys.argv[1]))
lock = FileLock(layout.server_lock)
assert lock.try_acquire()
server = Server(layout, binaries.find(), Account.choose(layout.cluster))
server.start(lock, dies_with_us=False)
assert until(server.is_ready, 30)
print(server.pid, flush=True)
os._exit(0)
"""


def state_of(data_dir: Path) -> State:
    state = State.read(Layout.of(data_dir).state)
    assert state
    return state


@contextmanager
def python(program: str, data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", program, str(data_dir)], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def kill(*pids: int, gone: list[Path]) -> None:
    """Kill processes, and wait until the system has let go of their locks: it takes its time for that."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: not any(FileLock(path).is_taken() for path in gone), 30)


def with_a_row(data_dir: Path) -> None:
    with psycopg.connect(ensure(data_dir)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def has_the_row(data_dir: Path) -> bool:
    with psycopg.connect(ensure(data_dir)) as connection:
        return connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_the_server_of_a_client_killed_at_work_stops_by_itself(data_dir: Path) -> None:
    with python(CONNECT, data_dir) as client:
        assert first_line(client) == "connected"
        with psycopg.connect(ensure(data_dir), autocommit=True) as watcher:
            at_work = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            assert until(lambda: watcher.execute(at_work).rowcount, 30)
        client.kill()
        assert until(lambda: not FileLock(Layout.of(data_dir).server_lock).is_taken(), 30)


def test_a_client_killed_while_it_makes_the_cluster_is_in_nobodys_way(tmp_path: Path) -> None:
    with python(CONNECT, tmp_path) as client:
        assert until(lambda: any(Layout.of(tmp_path).root.glob("new-*/data/PG_VERSION")), 30)
        client.kill()
    with psycopg.connect(ensure(tmp_path, idle_seconds=4)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert until(lambda: not FileLock(Layout.of(tmp_path).supervisor_lock).is_taken(), 30)


def test_a_killed_server_is_started_again(data_dir: Path) -> None:
    with_a_row(data_dir)
    before = state_of(data_dir)
    kill(before.server_pid, gone=[Layout.of(data_dir).server_lock])
    assert has_the_row(data_dir)
    assert state_of(data_dir).server_pid != before.server_pid


def test_a_killed_backend_takes_no_data_with_it(data_dir: Path) -> None:
    with_a_row(data_dir)
    with psycopg.connect(ensure(data_dir)) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    assert until(lambda: has_the_row_again(data_dir), 30)


def has_the_row_again(data_dir: Path) -> bool:
    """The server takes connections for a moment more until it has noticed, and none while it recovers."""
    try:
        return has_the_row(data_dir)
    except psycopg.OperationalError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_server_does_not_outlive_its_killed_supervisor(data_dir: Path) -> None:
    ensure(data_dir)
    kill(state_of(data_dir).supervisor_pid, gone=[Layout.of(data_dir).server_lock])


def test_the_next_client_after_a_killed_supervisor_has_a_server_with_a_supervisor(data_dir: Path) -> None:
    with_a_row(data_dir)
    before = state_of(data_dir)
    kill(before.supervisor_pid, gone=[Layout.of(data_dir).supervisor_lock])
    assert has_the_row(data_dir)
    assert state_of(data_dir).supervisor_pid != before.supervisor_pid


def test_everything_killed_at_once_loses_nothing(data_dir: Path) -> None:
    with_a_row(data_dir)
    before, layout = state_of(data_dir), Layout.of(data_dir)
    kill(before.server_pid, before.supervisor_pid, gone=[layout.server_lock, layout.supervisor_lock])
    assert has_the_row(data_dir)


def test_a_server_without_a_supervisor_is_asked_to_stop_before_the_next_one_starts(data_dir: Path) -> None:
    with python(ORPHAN, data_dir) as parent:
        orphan = int(first_line(parent))
    ensure(data_dir)
    assert state_of(data_dir).server_pid != orphan
    assert "received fast shutdown request" in Layout.of(data_dir).server_log.with_suffix(".log.old").read_text("utf-8")


@pytest.mark.parametrize("state", ["alive", "zombie"])
def test_a_pid_file_that_names_a_foreign_process_does_not_matter(data_dir: Path, state: str) -> None:
    layout = Layout.of(data_dir)
    program = ["sleep", "60"] if state == "alive" else ["true"]
    with subprocess.Popen(program, **Account.choose(layout.cluster).identity()) as foreign:
        if state == "zombie":
            os.waitid(os.P_PID, foreign.pid, os.WEXITED | os.WNOWAIT)
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (layout.cluster / name).write_text(
                f"{foreign.pid}\n{layout.cluster}\n1\n5432\n.\n\n0 0\nready   \n", "utf-8"
            )
        with psycopg.connect(ensure(data_dir)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert foreign.poll() is None or state == "zombie"
        foreign.kill()
