"""A database of its own for every test, in milliseconds.

All workers share one embedded server, the product's own without fsync and in memory where the system has room there;
it ends and is gone by itself. With ``TEST_DATABASE_URL`` the databases are made on that server instead; its user needs
the right to create them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections import deque
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from zohocrm_mcp.db import migrate
from zohocrm_mcp.db.embedded import ensure
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.migrations import load
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.db.state import State
from zohocrm_mcp.db.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDLE_SECONDS = 20.0
_ROOM_NEEDED = 2**30
_KEPT = 4  # a database just left still has its backends: dropping it at once costs a tenth of a second
_BUILDING = 0x7465737473  # "tests", as the number of an advisory lock


class TestCluster:
    """The server that all tests of one run share, as one worker sees it."""

    __test__ = False

    def __init__(self, url: str, *, is_ours: bool) -> None:
        self._url = url
        self._is_ours = is_ours
        self._used: deque[str] = deque()
        self._connection = psycopg.connect(url, autocommit=True)

    def create(self, *, migrated: bool = True) -> str:
        """Make a database and return its URL: with all tables, or with none."""
        name = f"test_{uuid.uuid4().hex}"
        self._create(name, self._template() if migrated else "template0")
        return self._url_of(name)

    def drop(self, url: str) -> None:
        """Drop a database, some time."""
        self._used.append(urlsplit(url).path.removeprefix("/"))
        while len(self._used) > _KEPT:
            oldest = self._used.popleft()
            try:
                self._drop(oldest)
            except psycopg.errors.InsufficientPrivilege:  # autovacuum is in it, which is a superuser's: another time
                self._used.append(oldest)
                break

    def close(self) -> None:
        """Let go of the server; one that is not ours is left as it was found, but for the template."""
        while self._used and not self._is_ours:
            self._drop(self._used.popleft())
        self._connection.close()

    def _template(self) -> str:
        """Return the database that the others are copies of; whoever comes first makes it."""
        name = f"template_{_fingerprint()}"
        if not self._exists(name):
            self._connection.execute("SELECT pg_advisory_lock(%s)", [_BUILDING])
            if not self._exists(name):
                self._build(name)
            self._connection.execute("SELECT pg_advisory_unlock(%s)", [_BUILDING])
        return name

    def _build(self, name: str) -> None:
        unfinished = f"{name}_unfinished"
        self._drop(unfinished)
        self._create(unfinished, "template0")
        with psycopg.connect(self._url_of(unfinished)) as connection:
            migrate.apply(connection)
        self._execute("ALTER DATABASE {} RENAME TO {}", unfinished, name)

    def _exists(self, name: str) -> bool:
        return self._connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount > 0

    def _create(self, name: str, template: str) -> None:
        """Copy files where that is the fast way: without fsync, and with a server that can."""
        by_files = self._is_ours and self._connection.info.server_version >= 150000
        self._execute("CREATE DATABASE {} TEMPLATE {}" + " STRATEGY file_copy" * by_files, name, template)

    def _drop(self, name: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        command = sql.SQL(statement).format(*map(sql.Identifier, names))
        self._connection.execute(command)

    def _url_of(self, name: str) -> str:
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()


@cache
def _fingerprint() -> str:
    return hashlib.sha256(b"\0".join(step.sql for step in load())).hexdigest()[:16]


@cache
def _roomy() -> Path:
    """Return a folder in memory when there is room for databases, else the temporary directory."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM_NEEDED
    return memory if roomy else Path(tempfile.gettempdir())


def _folder() -> Path:
    """Return the place of this checkout's server, the same for all its workers."""
    checkout = hashlib.sha256(os.fsencode(__file__)).hexdigest()[:8]
    return _roomy() / f"zohocrm-mcp-tests-{getattr(os, 'geteuid', int)()}-{checkout}"


@cache
def server() -> TestCluster:
    """Return the server, started when it does not run yet."""
    if external := os.environ.get("TEST_DATABASE_URL"):
        return TestCluster(external, is_ours=False)
    return TestCluster(ensure(_folder(), idle_seconds=_IDLE_SECONDS, ephemeral=True), is_ours=True)


def create_database(*, migrated: bool = True) -> str:
    """Make a database for a test and return its URL; give it to `drop_database` when the test has ended."""
    return server().create(migrated=migrated)


def drop_database(url: str) -> None:
    server().drop(url)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[TestCluster]:
    """The server that makes the databases."""
    yield server()
    server().close()
    server.cache_clear()


@pytest.fixture
def database_url(postgres_cluster: TestCluster) -> Iterator[str]:
    """A database of the test's own, with all tables."""
    url = postgres_cluster.create()
    yield url
    postgres_cluster.drop(url)


@pytest.fixture(name="empty_database_url")
def empty_database(postgres_cluster: TestCluster) -> Iterator[str]:
    """A database of the test's own, without tables."""
    url = postgres_cluster.create(migrated=False)
    yield url
    postgres_cluster.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A pool of connections to the test's own database."""
    pool = Database(lambda: database_url)
    yield pool
    pool.close()


@pytest.fixture(scope="session", name="prepared_dir")
def embedded_prepared_dir() -> Iterator[Path]:
    """A data directory whose cluster is made; nothing runs in it."""
    with tempfile.TemporaryDirectory(dir=_roomy()) as folder:
        prepared = Path(folder) / "data"
        ensure(prepared, ephemeral=True)
        stop_embedded(prepared)
        yield prepared


@pytest.fixture(name="data_dir")
def embedded_data_dir(prepared_dir: Path) -> Iterator[Path]:
    """A data directory of the test's own, with a cluster; what the test has started in it is stopped."""
    with tempfile.TemporaryDirectory(dir=_roomy()) as folder:
        copy = Path(folder) / "data"
        subprocess.run(["cp", "-a", prepared_dir, copy], check=True)
        yield copy
        stop_embedded(copy)


def stop_embedded(data_dir: Path) -> None:
    """End the embedded server of a data directory in order, also one that is still starting; its files stay."""
    layout, told = Layout.of(data_dir), set[int]()

    def is_gone() -> bool:
        if (state := State.read(layout.state)) and state.supervisor_pid not in told:
            told.add(state.supervisor_pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(state.supervisor_pid, signal.SIGTERM)
        return not FileLock(layout.supervisor_lock).is_taken()

    if layout.root.exists():
        assert until(is_gone, 30)
        assert until(lambda: not FileLock(layout.server_lock).is_taken(), 30)
