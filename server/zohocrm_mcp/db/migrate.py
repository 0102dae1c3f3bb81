"""Bring a database to the state that the code expects: each migration once, in order, in a transaction of its own."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
from psycopg.pq import TransactionStatus

from zohocrm_mcp.db import queue_schema
from zohocrm_mcp.db.migrations import Migration, load
from zohocrm_mcp.db.session import prepare
from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from importlib.resources.abc import Traversable

    from zohocrm_mcp.db.pool import Database

Connection: TypeAlias = psycopg.Connection[Any]

_LOCK = 0x7A6F686F63726D  # "zohocrm", as the number of an advisory lock
_TABLE = """
CREATE TABLE IF NOT EXISTS zohocrm_migrations (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True)
class MigrationRow:
    """What is known of one migration; ``applied_at`` is None while it is pending."""

    number: int
    name: str
    applied_at: datetime | None


@dataclass(frozen=True)
class _Applied:
    number: int
    name: str
    checksum: str
    applied_at: datetime


def status(target: Connection | Database, folder: Traversable | None = None) -> list[MigrationRow]:
    """Return all migrations, applied and pending, in order.

    Raises:
        ZohoDatabaseError: the database and the files contradict each other.
    """
    steps = load(folder)
    with _connected(target) as connection, connection.transaction():
        applied = {row.number: row.applied_at for row in _checked(connection, steps)}
    return [MigrationRow(step.number, step.name, applied.get(step.number)) for step in steps]


def pending(target: Connection | Database, folder: Traversable | None = None) -> list[int]:
    """Return the numbers of the migrations that `apply` would apply. Raises as `status` does."""
    return [row.number for row in status(target, folder) if row.applied_at is None]


def apply(target: Connection | Database, folder: Traversable | None = None) -> list[int]:
    """Apply what is pending and return its numbers; of several processes at once, one does it and the others wait.

    Where nothing is pending, a role that may only read the list of migrations will do.

    Args:
        target: a connection without a transaction in progress, or the pool.
        folder: of the files; those of this package when it is missing.

    Raises:
        ZohoDatabaseError: the database and the files contradict each other, or a statement failed: the migration
            that holds it is rolled back, those before it stay.
    """
    steps = load(folder)
    done: list[int] = []
    if pending(target, folder):
        with _connected(target) as connection:
            while step := _apply_next(connection, steps):
                done.append(step.number)
    with _connected(target) as connection:
        while file := _next_of_library(connection):
            _apply_of_library(connection, file)
    return done


def revert(target: Connection | Database, to: int, folder: Traversable | None = None) -> list[int]:
    """Take back all migrations above number ``to``, the newest first, and return their numbers.

    An applied file that was edited does not hinder that: it is how the edit gets applied.

    Raises:
        ZohoDatabaseError: there is no way back from one of them (then nothing is done), or a statement failed.
    """
    ways_back = {step.number: step for step in load(folder) if step.down is not None}
    done: list[int] = []
    with _connected(target) as connection:
        while step := _revert_last(connection, ways_back, to):
            done.append(step.number)
    return done


@contextlib.contextmanager
def _connected(target: Connection | Database) -> Iterator[Connection]:
    """Give a connection whose transactions are real ones, and not savepoints of a larger one."""
    with (
        contextlib.nullcontext(target) if isinstance(target, psycopg.Connection) else target.connection() as connection
    ):
        if connection.info.transaction_status != TransactionStatus.IDLE:
            raise ValueError("migrations need a connection without a transaction in progress")
        try:
            prepare(connection)
            yield connection
        except psycopg.Error as error:
            raise ZohoDatabaseError(
                f"The migrations cannot be looked after: {error.diag.message_primary or error}.",
                hint="The user of DATABASE_URL needs the right to create tables in this database; or let their owner "
                "do it: run `zohocrm-mcp migrate` with ZOHO_MCP_MIGRATE_URL.",
                migration="",
            ) from error


def _apply_next(connection: Connection, steps: list[Migration]) -> Migration | None:
    with connection.transaction():
        lock(connection)
        connection.execute(_TABLE)
        applied = {row.number for row in _checked(connection, steps)}
        step = next((step for step in steps if step.number not in applied), None)
        if step:
            _run(connection, step.file, step.sql)
            connection.execute(
                "INSERT INTO zohocrm_migrations (number, name, checksum) VALUES (%s, %s, %s)",
                [step.number, step.name, step.checksum],
            )
    return step


def _next_of_library(connection: Connection) -> str | None:
    with connection.transaction():
        return next(iter(queue_schema.missing(connection)), None)


def _apply_of_library(connection: Connection, file: str) -> None:
    with connection.transaction():
        lock(connection)
        if file in queue_schema.missing(connection):
            queue_schema.apply(connection, file)


def _revert_last(connection: Connection, ways_back: dict[int, Migration], to: int) -> Migration | None:
    with connection.transaction():
        lock(connection)
        connection.execute(_TABLE)
        above = [row for row in _applied(connection) if row.number > to]
        if stuck := [row for row in above if row.number not in ways_back]:
            raise ZohoDatabaseError(
                f"Migration {stuck[-1].number:03d}_{stuck[-1].name} cannot be taken back: it has no .down.sql file.",
                hint="Use the version of this program that applied it, or restore a backup.",
            )
        if not above:
            return None
        step = ways_back[above[-1].number]
        _run(connection, step.file.replace(".sql", ".down.sql"), step.down or b"")
        connection.execute("DELETE FROM zohocrm_migrations WHERE number = %s", [step.number])
    return step


def lock(connection: Connection) -> None:
    """Wait for our turn; the end of the transaction, or of this process, is the end of the lock."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _run(connection: Connection, file: str, sql: bytes) -> None:
    try:
        connection.execute(sql)
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error)
        raise ZohoDatabaseError(
            f"The migration {file} failed and was rolled back: {reason}.",
            hint="Correct what it complains about in the database, then start again.",
            migration=file,
        ) from error


def _applied(connection: Connection) -> list[_Applied]:
    if connection.execute("SELECT to_regclass('zohocrm_migrations')").fetchone() == (None,):
        return []
    query = "SELECT number, name, checksum, applied_at FROM zohocrm_migrations ORDER BY number"
    return [_Applied(*row) for row in connection.execute(query)]


def _checked(connection: Connection, steps: list[Migration]) -> list[_Applied]:
    """Return what is applied, after a look at whether it is what the files say."""
    applied = _applied(connection)
    known = {step.number: step for step in steps}
    newest = max((row.number for row in applied), default=0)
    for row in applied:
        if row.number not in known:
            raise _unknown(row, newer=row.number > max(known, default=0))
        if known[row.number].checksum != row.checksum:
            raise ZohoDatabaseError(
                f"The migration {known[row.number].file} has been edited since it was applied.",
                hint=f"Restore the file, or take it back with `zohocrm-mcp migrate --down {row.number - 1}` first.",
                migration=row.name,
            )
    late = [step.file for step in steps if step.number < newest and step.number not in {row.number for row in applied}]
    if late:
        raise ZohoDatabaseError(
            f"The migration {late[0]} comes too late: number {newest} is applied already.",
            hint="Give it the next free number.",
            migration=late[0],
        )
    return applied


def _unknown(row: _Applied, *, newer: bool) -> ZohoDatabaseError:
    if newer:
        return ZohoDatabaseError(
            f"The database is newer than this program: it holds migration {row.number:03d}_{row.name}.",
            hint="Update this program, or take the migration back with the version that applied it.",
            migration=row.name,
        )
    return ZohoDatabaseError(
        f"The file of the applied migration {row.number:03d}_{row.name} is missing.",
        hint="Install the package again, or restore the file.",
        migration=row.name,
    )
