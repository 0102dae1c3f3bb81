"""The one pool of connections of a process."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, TypeAlias

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from zohocrm_mcp.db.session import prepare, unreachable, with_defaults
from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.observe import meters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zohocrm_mcp.db.conninfo import ConnectionSource

Connection: TypeAlias = psycopg.Connection[TupleRow]
Pool: TypeAlias = ConnectionPool[Connection]


_PATIENCE = 2.5
"""Seconds after which a pool with connections to spare must have made one, or is waiting before it tries again."""


class Database:
    """Connections to PostgreSQL, made when they are first wanted and made again when they have broken.

    psycopg's pool tries again ever more slowly when a connection cannot be made, finds broken ones one by one, and does
    not say what is wrong. So a pool in which one connection turns out broken is replaced as a whole, and before a pool
    is opened an attempt of our own shows that there is a server, or fails at once and says why.

    Args:
        source: gives the URL before each new connection.
        max_size: connections at the most.
        timeout: seconds to wait for a free one.
    """

    def __init__(self, source: ConnectionSource, *, max_size: int = 8, timeout: float = 10.0) -> None:
        self._source = source
        self._max_size = max_size
        self._timeout = timeout
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._lent = 0
        meters.watch(self)

    def conninfo(self) -> str:
        """Return a connection string for a connection outside the pool; the embedded server runs when it returns.

        Raises:
            ZohoConfigError: the settings or the data directory are of no use.
            ZohoDatabaseError: the embedded server cannot start.
        """
        return with_defaults(self._source())

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection that works: committed when the block ends, rolled back when it raises.

        Errors of SQL statements pass as they are.

        Raises:
            ZohoConfigError: the settings or the data directory are of no use.
            ZohoDatabaseError: there is no server, it refuses us, it went away during the block, or all connections
                were in use for too long.
        """
        with self._borrowed() as connection:
            try:
                with connection:  # one of a pool is not closed by that
                    yield connection
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if not connection.closed:
                    raise
                meters.DATABASE_FAILURES.add(1)
                raise ZohoDatabaseError(
                    "The connection to the database was lost in the middle of its work.",
                    hint="Try again; whatever was not committed has been rolled back.",
                ) from error

    def close(self) -> None:
        """Close all connections. The next use opens them again."""
        if self._pool:
            self._retire(self._pool)

    def gauges(self) -> list[meters.Reading]:
        """Return how many connections are lent, wanted and possible, of an open pool."""
        pool = self._pool
        if pool is None:
            return []
        waiting = float(pool.get_stats().get("requests_waiting", 0))
        lent, most = float(self._lent), float(self._max_size)
        return [(meters.POOL_LENT, lent, ()), (meters.POOL_WAITING, waiting, ()), (meters.POOL_SIZE, most, ())]

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        try:
            with meters.DATABASE_WAIT.timed():
                pool, connection = self._take()
        except ZohoDatabaseError:
            meters.DATABASE_FAILURES.add(1)
            raise
        self._count(1)
        try:
            with meters.DATABASE_SECONDS.timed():
                yield connection
        finally:
            self._count(-1)
            pool.putconn(connection)

    def _take(self) -> tuple[Pool, Connection]:
        deadline = time.monotonic() + self._timeout
        while (left := deadline - time.monotonic()) > 0:
            pool = self._pool or self._open()
            has_some_to_spare = self._lent < self._max_size
            try:
                connection = pool.getconn(min(left, _PATIENCE) if has_some_to_spare else left)
            except PoolClosed:  # another thread has replaced it
                continue
            except PoolTimeout:
                if has_some_to_spare:
                    self._retire(pool)
                continue
            if _is_alive(connection):
                return pool, connection
            pool.putconn(connection)
            self._retire(pool)
        raise ZohoDatabaseError(
            f"All {self._max_size} connections to the database have been in use for {self._timeout:g} seconds.",
            hint="Try again in a moment, with fewer calls at once.",
        )

    def _open(self) -> Pool:
        try:
            with psycopg.connect(self.conninfo()) as connection:
                prepare(connection)
        except psycopg.Error as error:
            raise unreachable(error) from error
        with self._lock:
            if self._pool is None:
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> Pool:
        pool: Pool = ConnectionPool(
            self.conninfo, min_size=1, max_size=self._max_size, open=False, configure=prepare, num_workers=2
        )
        pool.open()
        return pool

    def _retire(self, pool: Pool) -> None:
        """Close a pool; connections that it has lent go on working until they are given back."""
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.close(timeout=1)

    def _count(self, more: int) -> None:
        with self._lock:
            self._lent += more


def _is_alive(connection: Connection) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True
