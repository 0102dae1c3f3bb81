"""The pool of connections: lazy, self-healing, and clear about what is wrong."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, repeat
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

import zohocrm_mcp.db.pool
from support.postgres import (
    TestCluster,
    embedded_data_dir,  # noqa: F401 - a fixture
    embedded_prepared_dir,  # noqa: F401 - a fixture
)
from zohocrm_mcp.db.conninfo import conninfo_from
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.pool import Connection, Database
from zohocrm_mcp.db.state import State
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import ZohoConfigError, ZohoDatabaseError


@contextmanager
def opened(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.close()


@pytest.fixture
def pool(database_url: str) -> Iterator[Database]:
    with opened(Database(lambda: database_url)) as database:
        yield database


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def refusal(url: str) -> ZohoDatabaseError:
    with opened(Database(lambda: url)) as database, pytest.raises(ZohoDatabaseError) as caught, database.connection():
        pytest.fail("there was a connection")
    return caught.value


def answer(database: Database, query: str = "SELECT 1") -> object:
    with database.connection() as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_nothing_is_connected_to_before_the_first_use() -> None:
    source = iter(["the only URL"])
    Database(lambda: next(source)).close()
    assert next(source) == "the only URL"


def test_what_a_block_did_is_kept_when_it_ends_and_undone_when_it_raises(pool: Database) -> None:
    with pool.connection() as connection:
        connection.execute("CREATE TABLE t (n int)")
        connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg.errors.DivisionByZero), pool.connection() as connection:
        connection.execute("INSERT INTO t VALUES (2); SELECT 1 / 0")
    assert answer(pool, "SELECT sum(n) FROM t") == 1


def test_errors_of_statements_pass_as_they_are(pool: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), pool.connection() as connection:
        connection.execute("SELECT FROM missing")
    with pytest.raises(psycopg.errors.LockNotAvailable), pool.connection() as connection:
        connection.execute("DO $$ BEGIN RAISE lock_not_available; END $$")
    assert answer(pool) == 1


def test_a_session_has_a_name_and_notices_the_end_of_its_client(pool: Database) -> None:
    assert answer(pool, "SHOW application_name") == "zohocrm-mcp"
    assert answer(pool, "SHOW client_connection_check_interval") == "1s"


def test_the_url_has_the_last_word(database_url: str) -> None:
    with opened(Database(lambda: f"{database_url}?application_name=mine&connect_timeout=3")) as database:
        assert answer(database, "SHOW application_name") == "mine"
        assert "connect_timeout=3" in database.conninfo()


def test_a_pool_can_be_used_again_after_it_was_closed(pool: Database) -> None:
    assert answer(pool) == 1
    pool.close()
    assert answer(pool) == 1


def test_many_threads_share_few_connections(database_url: str) -> None:
    with opened(Database(lambda: database_url, max_size=2)) as database:
        pids: set[object] = set()
        threads = [
            threading.Thread(target=lambda: pids.add(answer(database, "SELECT pg_backend_pid()"))) for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert 1 <= len(pids) <= 2


def test_when_all_connections_are_in_use_the_caller_is_told(database_url: str) -> None:
    in_use = "All 1 connections to the database have been in use"
    with opened(Database(lambda: database_url, max_size=1)) as database:
        with database.connection(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "_timeout", 0.05)
            with pytest.raises(ZohoDatabaseError, match=in_use):
                answer(database)
        assert answer(database) == 1


def test_a_connection_that_broke_while_nobody_used_it_is_replaced(pool: Database, database_url: str) -> None:
    before = answer(pool, "SELECT pg_backend_pid()")
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    assert answer(pool, "SELECT pg_backend_pid()") != before


def test_when_a_server_has_ended_all_sessions_none_but_the_first_is_looked_at(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def looked_at(connection: Connection) -> bool:
        seen.append(is_alive(connection))
        return seen[-1]

    is_alive = zohocrm_mcp.db.pool._is_alive
    with opened(Database(lambda: database_url)) as database:
        with ExitStack() as stack:
            held = [stack.enter_context(database.connection()) for _ in range(5)]
            pids = [connection.info.backend_pid for connection in held]
        with psycopg.connect(database_url) as other:
            other.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [pids])
        monkeypatch.setattr(zohocrm_mcp.db.pool, "_is_alive", looked_at)
        assert answer(database) == 1
    assert seen == [False, True]


def test_a_pool_that_waits_before_it_tries_again_is_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    """The server was there a moment ago and is there again: only the one attempt in between has failed."""
    monkeypatch.setattr(zohocrm_mcp.db.pool, "_PATIENCE", 0.2)
    urls = chain([database_url, f"postgresql://127.0.0.1:{closed_port}/"], repeat(database_url))
    with opened(Database(lambda: next(urls), timeout=20)) as database:
        assert answer(database) == 1


def test_a_connection_lost_in_the_middle_is_said_in_our_words(pool: Database) -> None:
    with pytest.raises(ZohoDatabaseError, match="was lost in the middle"), pool.connection() as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert answer(pool) == 1


def test_the_embedded_server_is_started_when_it_is_wanted_and_again_when_it_was_killed(data_dir: Path) -> None:
    layout = Layout.of(data_dir)
    with opened(Database(conninfo_from(None, data_dir=data_dir))) as database:
        assert not layout.state.exists()
        assert answer(database, "SELECT current_user") == "zohocrm"
        state = State.read(layout.state)
        assert state
        os.kill(state.server_pid, signal.SIGKILL)
        assert until(lambda: not FileLock(layout.server_lock).is_taken(), 30)
        assert answer(database) == 1


def test_an_embedded_server_that_cannot_start_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = Database(conninfo_from(None, data_dir=tmp_path / "file"))
    with opened(database), pytest.raises(ZohoConfigError, match="it is not a directory"):
        answer(database)


def test_a_wrong_password_is_named_but_not_shown(postgres_cluster: TestCluster, database_url: str) -> None:
    parts = urlsplit(database_url)
    wrong = parts._replace(netloc=f"{parts.username}:wr0ng-pa55@{parts.netloc.rpartition('@')[2]}").geturl()
    error = refusal(wrong)
    assert "password authentication failed" in str(error)
    assert error.hint == "Correct the user and the password in DATABASE_URL."
    assert "wr0ng-pa55" not in f"{error}{error.hint}{error.details}{error.__cause__}"
    assert postgres_cluster


def test_a_database_that_does_not_exist_is_named(database_url: str) -> None:
    error = refusal(urlsplit(database_url)._replace(path="/nowhere").geturl())
    assert 'database "nowhere" does not exist' in str(error)
    assert "Create it" in error.hint


def test_a_server_that_is_not_there_is_named(closed_port: int) -> None:
    error = refusal(f"postgresql://me:s3cret@127.0.0.1:{closed_port}/db")
    assert "Connection refused" in str(error)
    assert "s3cret" not in str(error)


def test_a_server_that_is_too_old_is_refused() -> None:
    with old_server() as port:
        error = refusal(f"postgresql://me@127.0.0.1:{port}/db?sslmode=disable&gssencmode=disable")
    assert str(error) == "The database server is PostgreSQL 13, which is too old."
    assert error.hint == "Use PostgreSQL 14 or newer."


@contextmanager
def old_server() -> Iterator[int]:
    """Greet one client as PostgreSQL 13 does: authentication ok, a parameter, ready."""
    authentication_ok = b"R\0\0\0\x08\0\0\0\0"
    parameter = b"S\0\0\0\x19server_version\x0013.22\0"
    ready = b"Z\0\0\0\x05I"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(1024)
                client.sendall(authentication_ok + parameter + ready)
                client.recv(1024)

        thread = threading.Thread(target=greet)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join()


def test_a_url_that_cannot_be_read_is_refused_without_a_word_of_it() -> None:
    database = Database(conninfo_from("postgresql://me:s3cret@[::1/db", data_dir=Path("unused")))
    with opened(database), pytest.raises(ZohoConfigError, match="DATABASE_URL is malformed") as caught:
        answer(database)
    assert "s3cret" not in f"{caught.value}{caught.value.__cause__}{caught.value.hint}"
