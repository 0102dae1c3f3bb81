"""The owner of the tables apart from the application, on a real PostgreSQL with a role that owns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from support.postgres import empty_database  # noqa: F401 -- a fixture
from support.roles import application_role
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db import migrate, owner
from zohocrm_mcp.db.migrations import load
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoConfigError, ZohoDatabaseError
from zohocrm_mcp.observe.audit import Audit, Event

EVENT = Event(event="update_account", connection="acme", record_ids=["1"], fields=["Phone"])
REFUSED_TO_THE_APPLICATION = [
    "UPDATE audit_log SET who = 'x'",
    "DELETE FROM audit_log",
    "TRUNCATE audit_log",
    "DROP TRIGGER audit_log_is_append_only ON audit_log",
    "ALTER TABLE audit_log DISABLE TRIGGER ALL",
    "DROP TABLE audit_log",
    "CREATE TABLE audit_log_too (n int)",
    "CREATE OR REPLACE FUNCTION refuse_change_of_audit_log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "INSERT INTO zohocrm_migrations (number, name, checksum) VALUES (999, 'x', 'x')",
    "SET session_replication_role = replica",
]


@pytest.fixture
def settings(empty_database_url: str, tmp_path: Path) -> Iterator[Settings]:
    with application_role(empty_database_url) as url:
        yield Settings.model_validate({"database_url": url, "migrate_url": empty_database_url, "data_dir": tmp_path})


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    made = database_of(settings)
    yield made
    made.close()


def test_the_owner_makes_the_tables_and_the_application_uses_them(settings: Settings, database: Database) -> None:
    assert owner.bring_up(settings, database) == [step.number for step in load()]
    assert owner.bring_up(settings, database) == []
    Audit(database).write(EVENT)
    assert [entry.event for entry in Audit(database).read()] == ["update_account"]


@pytest.mark.parametrize("statement", REFUSED_TO_THE_APPLICATION)
def test_the_application_can_neither_change_the_log_nor_take_its_trigger_away(
    settings: Settings, database: Database, statement: str
) -> None:
    owner.bring_up(settings, database)
    Audit(database).write(EVENT)
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as caught, database.connection() as db:
        db.execute(statement.encode())
    assert "append-only" not in str(caught.value)
    assert len(Audit(database).read()) == 1


@pytest.mark.parametrize("statement", REFUSED_TO_THE_APPLICATION[:3])
def test_the_owner_is_refused_by_the_trigger(settings: Settings, database: Database, statement: str) -> None:
    owner.bring_up(settings, database)
    with owner.owner(settings) as connection:
        assert connection
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connection.execute(statement.encode())
        connection.rollback()


def test_the_application_owns_nothing_and_its_rights_are_those_it_needs(settings: Settings, database: Database) -> None:
    owner.bring_up(settings, database)
    with database.connection() as db:
        assert db.execute("SELECT FROM pg_class WHERE pg_get_userbyid(relowner) = current_user").rowcount == 0
        rights: dict[str, set[str]] = {}
        for table, right in db.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = current_user"
        ):
            rights.setdefault(table, set()).add(right)
    assert rights.pop("audit_log") == {"SELECT", "INSERT"}
    assert rights.pop("zohocrm_migrations") == rights.pop("queue_migrations") == {"SELECT"}
    assert rights.keys() >= {"bulk_jobs", "bulk_chunks", "zoho_tokens", "mirror", "mirror_records"}
    assert set(map(frozenset, rights.values())) == {frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})}


def test_what_the_owner_makes_later_can_be_used_at_once(settings: Settings, database: Database) -> None:
    owner.bring_up(settings, database)
    with owner.owner(settings) as connection:
        assert connection
        connection.execute("CREATE TABLE later (n serial)")
    with database.connection() as db:
        db.execute("INSERT INTO later DEFAULT VALUES")


def test_without_the_owner_the_application_starts_on_tables_that_are_up_to_date(
    settings: Settings, database: Database
) -> None:
    alone = settings.model_copy(update={"migrate_url": SecretStr("")})
    with pytest.raises(ZohoDatabaseError, match="permission denied") as caught:
        owner.bring_up(alone, database)
    assert "ZOHO_MCP_MIGRATE_URL" in caught.value.hint
    owner.bring_up(settings, database)
    assert owner.bring_up(alone, database) == []


def test_an_application_that_owns_tables_is_told_what_to_do(settings: Settings, empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        migrate.apply(connection)
    swapped = settings.model_copy(update={"database_url": settings.migrate_url, "migrate_url": settings.database_url})
    other = database_of(swapped)
    with pytest.raises(ZohoDatabaseError, match=r"owns \d+ tables") as caught:
        owner.bring_up(swapped, other)
    other.close()
    assert "REASSIGN OWNED BY" in caught.value.hint


def test_an_owner_who_is_the_application_is_given_nothing(settings: Settings, empty_database_url: str) -> None:
    same = settings.model_copy(update={"database_url": SecretStr(empty_database_url)})
    database = database_of(same)
    assert owner.bring_up(same, database)
    Audit(database).write(EVENT)
    database.close()


def test_two_urls_of_different_databases_are_refused(settings: Settings, database_url: str, database: Database) -> None:
    elsewhere = settings.model_copy(update={"migrate_url": SecretStr(database_url)})
    with pytest.raises(ZohoDatabaseError, match="name different databases"):
        owner.bring_up(elsewhere, database)


def test_an_owner_who_cannot_be_reached_is_named(settings: Settings, database: Database) -> None:
    nowhere = settings.model_copy(update={"migrate_url": SecretStr("postgresql://x@127.0.0.1:1/none")})
    with pytest.raises(ZohoDatabaseError, match="PostgreSQL cannot be used"):
        owner.bring_up(nowhere, database)
    malformed = settings.model_copy(update={"migrate_url": SecretStr("postgresql://x%zz@h/none")})
    with pytest.raises(ZohoConfigError, match="ZOHO_MCP_MIGRATE_URL is malformed"):
        owner.bring_up(malformed, database)
