"""The tables of the job library: there with ours, raised when the library is newer, gone with the way back."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from support.postgres import empty_database  # noqa: F401 -- a fixture
from zohocrm_mcp.db import migrate, queue_schema
from zohocrm_mcp.db.migrate import Connection

LAST = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
OURS = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'procrastinate%'
          UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procr%'
          UNION ALL SELECT typname FROM pg_type
              WHERE typnamespace = 'public'::regnamespace AND typname LIKE '%procrastinate%'"""


@pytest.fixture
def connection(empty_database_url: str) -> Iterator[Connection]:
    with psycopg.connect(empty_database_url) as connected:
        yield connected


def _missing(connection: Connection) -> list[str]:
    with connection.transaction():
        return queue_schema.missing(connection)


def _do(connection: Connection, statement: str) -> None:
    with connection.transaction():
        connection.execute(statement.encode())


def test_a_new_database_has_the_whole_library(connection: Connection) -> None:
    assert _missing(connection) == []
    migrate.apply(connection)
    assert _missing(connection) == []
    with connection.transaction():
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)


def test_what_a_newer_library_brings_is_applied_though_no_migration_of_ours_is_pending(
    connection: Connection,
) -> None:
    migrate.apply(connection)
    _do(connection, "DROP TRIGGER procrastinate_trigger_status_events_update_v1 ON procrastinate_jobs")
    _do(connection, "DELETE FROM queue_migrations WHERE name LIKE '03.04.00_50%'")
    assert _missing(connection) == [LAST]
    assert migrate.apply(connection) == []
    assert _missing(connection) == []
    with connection.transaction():
        query = "SELECT count(*) FROM pg_trigger WHERE tgname = 'procrastinate_trigger_status_events_update_v1'"
        assert connection.execute(query).fetchone() == (1,)


def test_what_a_newer_library_has_left_is_no_trouble_to_an_older_one(
    connection: Connection,
) -> None:
    migrate.apply(connection)
    _do(connection, "INSERT INTO queue_migrations (name) VALUES ('99.00.00_01_pre.sql')")
    assert migrate.apply(connection) == []


def test_the_way_back_takes_all_of_it_and_the_way_there_brings_it_again(
    connection: Connection,
) -> None:
    migrate.apply(connection)
    migrate.revert(connection, 8)
    with connection.transaction():
        assert connection.execute(OURS).fetchall() == []
    migrate.apply(connection)
    assert _missing(connection) == []
