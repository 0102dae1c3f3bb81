"""Migrations: applied once, in order, by whoever comes first; and what is said when files and database disagree."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from support.postgres import empty_database  # noqa: F401 - a fixture
from zohocrm_mcp.db import migrate
from zohocrm_mcp.db.migrate import Connection
from zohocrm_mcp.db.migrations import default_folder, load
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import ZohoDatabaseError

APPLY = """
import pathlib, psycopg, sys
from zohocrm_mcp.db import migrate
print("applying", flush=True)
with psycopg.connect(sys.argv[1]) as connection:
    print(migrate.apply(connection, pathlib.Path(sys.argv[2])), flush=True)
"""


@pytest.fixture
def connection(empty_database_url: str) -> Iterator[Connection]:
    with psycopg.connect(empty_database_url) as connection:
        yield connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_with(
        tmp_path / "migrations",
        {
            "001_first.sql": "CREATE TABLE a (n int); INSERT INTO a VALUES (1);",
            "001_first.down.sql": "DROP TABLE a;",
            "002_second.sql": "ALTER TABLE a ADD m int;",
            "002_second.down.sql": "ALTER TABLE a DROP m;",
            "readme.txt": "no migration",
        },
    )


def folder_with(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def tables(connection: Connection) -> list[str]:
    with connection.transaction():
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        return [name for (name,) in rows]


def refusal(connection: Connection, folder: Path) -> ZohoDatabaseError:
    with pytest.raises(ZohoDatabaseError) as caught:
        migrate.apply(connection, folder)
    return caught.value


def test_what_is_pending_is_applied_once_and_in_order(connection: Connection, folder: Path) -> None:
    assert migrate.pending(connection, folder) == [1, 2]
    assert migrate.apply(connection, folder) == [1, 2]
    assert migrate.apply(connection, folder) == []
    assert migrate.pending(connection, folder) == []
    assert connection.execute("SELECT n, m FROM a").fetchall() == [(1, None)]


def test_a_look_at_the_status_changes_nothing(connection: Connection, folder: Path) -> None:
    rows = migrate.status(connection, folder)
    assert [(row.number, row.name, row.applied_at) for row in rows] == [(1, "first", None), (2, "second", None)]
    assert tables(connection) == []


def test_the_status_says_when_a_migration_was_applied(connection: Connection, folder: Path) -> None:
    migrate.apply(connection, folder)
    assert all(row.applied_at for row in migrate.status(connection, folder))


def test_the_pool_will_do_in_place_of_a_connection(empty_database_url: str, folder: Path) -> None:
    database = Database(lambda: empty_database_url)
    assert migrate.apply(database, folder) == [1, 2]
    assert migrate.revert(database, 0, folder) == [2, 1]
    database.close()


def test_a_connection_in_the_middle_of_a_transaction_will_not(connection: Connection, folder: Path) -> None:
    connection.execute("SELECT 1")
    with pytest.raises(ValueError, match="without a transaction in progress"):
        migrate.apply(connection, folder)


def test_migrations_are_taken_back_from_the_newest_on(connection: Connection, folder: Path) -> None:
    migrate.apply(connection, folder)
    assert migrate.revert(connection, 1, folder) == [2]
    assert migrate.pending(connection, folder) == [2]
    assert migrate.revert(connection, 0, folder) == [1]
    assert tables(connection) == ["zohocrm_migrations"]
    assert migrate.apply(connection, folder) == [1, 2]


def test_without_a_way_back_nothing_is_taken_back(connection: Connection, folder: Path) -> None:
    migrate.apply(connection, folder)
    (folder / "001_first.down.sql").unlink()
    with pytest.raises(ZohoDatabaseError, match="001_first cannot be taken back"):
        migrate.revert(connection, 0, folder)
    assert migrate.pending(connection, folder) == []


def test_a_migration_that_fails_is_rolled_back_and_those_before_it_stay(connection: Connection, folder: Path) -> None:
    folder_with(folder, {"003_bad.sql": "CREATE TABLE b (n int); SELECT 1 / 0;"})
    error = refusal(connection, folder)
    assert str(error) == "The migration 003_bad.sql failed and was rolled back: division by zero."
    assert tables(connection) == ["a", "zohocrm_migrations"]
    assert migrate.pending(connection, folder) == [3]


def test_a_database_in_which_no_table_can_be_made_is_named(connection: Connection, folder: Path) -> None:
    with connection.transaction():
        connection.execute("SET search_path = ''")
    error = refusal(connection, folder)
    assert str(error) == "The migrations cannot be looked after: no schema has been selected to create in."
    assert "the right to create tables" in error.hint


def test_an_edited_file_is_noticed_once_it_was_applied(connection: Connection, folder: Path) -> None:
    migrate.apply(connection, folder)
    folder_with(folder, {"002_second.sql": "ALTER TABLE a ADD x int;"})
    error = refusal(connection, folder)
    assert str(error) == "The migration 002_second.sql has been edited since it was applied."
    assert "migrate --down 1" in error.hint
    with pytest.raises(ZohoDatabaseError, match="has been edited"):
        migrate.status(connection, folder)


def test_an_edited_migration_can_be_taken_back_and_applied_anew(connection: Connection, folder: Path) -> None:
    migrate.apply(connection, folder)
    folder_with(folder, {"002_second.sql": "ALTER TABLE a ADD m text;"})
    assert migrate.revert(connection, 1, folder) == [2]
    assert migrate.apply(connection, folder) == [2]


def test_line_ends_of_another_system_are_no_edit(connection: Connection, folder: Path) -> None:
    folder_with(folder, {"003_lines.sql": "SELECT 1;\nSELECT 2;\n"})
    migrate.apply(connection, folder)
    (folder / "003_lines.sql").write_bytes(b"SELECT 1;\r\nSELECT 2;\r\n")
    assert migrate.apply(connection, folder) == []


def test_a_missing_file_of_an_applied_migration_is_named(connection: Connection, folder: Path) -> None:
    migrate.apply(connection, folder)
    (folder / "001_first.sql").unlink()
    (folder / "001_first.down.sql").unlink()
    assert str(refusal(connection, folder)) == "The file of the applied migration 001_first is missing."


def test_a_database_newer_than_the_program_is_left_alone(connection: Connection, folder: Path) -> None:
    folder_with(folder, {"003_of_tomorrow.sql": "SELECT 1"})
    migrate.apply(connection, folder)
    (folder / "003_of_tomorrow.sql").unlink()
    error = refusal(connection, folder)
    assert str(error) == "The database is newer than this program: it holds migration 003_of_tomorrow."
    assert "Update this program" in error.hint


def test_a_number_below_the_newest_applied_one_comes_too_late(connection: Connection, folder: Path) -> None:
    folder_with(folder, {"004_fourth.sql": "SELECT 4"})
    migrate.apply(connection, folder)
    folder_with(folder, {"003_third.sql": "SELECT 3"})
    assert (
        str(refusal(connection, folder)) == "The migration 003_third.sql comes too late: number 4 is applied already."
    )


@pytest.mark.parametrize("name", ["002_twice.sql", "003_alone.down.sql"])
def test_files_that_do_not_fit_together_are_refused(connection: Connection, folder: Path, name: str) -> None:
    folder_with(folder, {name: "SELECT 1"})
    assert "do not fit together" in str(refusal(connection, folder))
    assert tables(connection) == []


def test_of_several_processes_at_once_one_applies(empty_database_url: str, folder: Path) -> None:
    folder_with(folder, {"003_slow.sql": "SELECT pg_sleep(0.2)"})
    command = [sys.executable, "-c", APPLY, empty_database_url, str(folder)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = [re.findall(r"\d", starter.communicate(timeout=60)[0]) for starter in starters]
    assert [starter.returncode for starter in starters] == [0] * 4
    assert sorted(number for numbers in answers for number in numbers) == ["1", "2", "3"]


def test_a_killed_process_leaves_no_lock_behind(empty_database_url: str, connection: Connection, folder: Path) -> None:
    """Without the server looking for its client, the lock would last as long as the statement: ten minutes."""
    folder_with(folder, {"003_endless.sql": "CREATE TABLE b (n int); SELECT pg_sleep(600)"})
    command = [sys.executable, "-c", APPLY, empty_database_url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as starter:
        sleeping = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        connection.autocommit = True
        assert until(lambda: connection.execute(sleeping).rowcount, 30)
        starter.kill()
    folder_with(folder, {"003_endless.sql": "CREATE TABLE b (n int)"})
    assert migrate.apply(connection, folder) == [3]


def test_results_of_statements_go_nowhere(
    connection: Connection, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder_with(folder, {"003_talks.sql": "SELECT 'to be heard'; DO $$ BEGIN RAISE NOTICE 'loud'; END $$"})
    migrate.apply(connection, folder)
    assert capfd.readouterr() == ("", "")


def test_the_product_has_migrations_that_all_lead_back(connection: Connection) -> None:
    steps = load()
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert [step.file for step in steps if step.down is None] == []
    assert (default_folder() / steps[0].file).is_file()
    migrate.apply(connection)
    migrate.revert(connection, 0)
    assert tables(connection) == ["zohocrm_migrations"]
