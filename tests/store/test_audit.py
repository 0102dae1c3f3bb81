"""The audit log: it grows and never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from support.postgres import database, empty_database  # noqa: F401 -- fixtures
from zohocrm_mcp.cli.audit import moment
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import InvalidInputError, ZohoDatabaseError
from zohocrm_mcp.observe.audit import Audit, Event, Wanted, record
from zohocrm_mcp.observe.logging import bound_contextvars

UPDATED = Event(
    event="update_account", connection="acme", record_ids=["554023000000481001"], fields=["Phone"], detail="one record"
)


@pytest.fixture
def audit(database: Database) -> Audit:  # noqa: F811 -- the fixture
    return Audit(database)


def test_an_event_comes_back_with_who_when_and_the_call(audit: Audit) -> None:
    with bound_contextvars(call_id="c0ffee", who="ada"):
        audit.write(UPDATED)
    (entry,) = audit.read()
    assert (entry.who, entry.call_id, entry.connection, entry.event) == ("ada", "c0ffee", "acme", "update_account")
    assert (entry.record_ids, entry.fields, entry.outcome) == (["554023000000481001"], ["Phone"], "ok")
    assert abs(datetime.now(UTC) - entry.at) < timedelta(minutes=1)


def test_without_a_caller_it_was_whoever_runs_the_process(audit: Audit) -> None:
    audit.write(UPDATED)
    assert "@" in audit.read()[0].who


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET who = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "DELETE FROM audit_log WHERE false",
    ],
)
def test_no_entry_can_be_changed_or_removed(audit: Audit, database: Database, statement: str) -> None:  # noqa: F811
    audit.write(UPDATED)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"), database.connection() as db:
        db.execute(statement)
    assert len(audit.read()) == 1


def test_an_entry_stands_only_if_its_transaction_does(audit: Audit, database: Database) -> None:  # noqa: F811
    with database.connection() as db:
        record(db, UPDATED)
        db.rollback()
    assert audit.read() == []


def test_what_looks_like_a_secret_is_masked(audit: Audit) -> None:
    audit.write(Event(event="x", connection="acme", detail=f"gave 1000.{'a' * 32}.{'b' * 32} away"))
    assert audit.read()[0].detail == "gave *** away"


def test_a_window_and_a_connection_can_be_asked_for(audit: Audit) -> None:
    for connection in ("acme", "contoso", "acme"):
        audit.write(Event(event="x", connection=connection))
    middle = audit.read()[1].at

    def found(**wanted: Any) -> list[str]:
        return [entry.connection for entry in audit.read(Wanted(**wanted))]

    assert found(connection="acme") == ["acme", "acme"]
    assert found(since=middle) == ["contoso", "acme"]
    assert found(until=middle) == ["acme"]
    assert found(limit=2) == ["contoso", "acme"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"who": "ada"},
        {"event": "update_account"},
        {"record_id": "11"},
        {"job_id": "a-job"},
        {"call_id": "c0ffee"},
    ],
)
def test_a_caller_a_tool_a_record_a_job_or_a_call_can_be_asked_for(audit: Audit, wanted: dict[str, str]) -> None:
    told = {"who": "ada via a client", "record_ids": ["10", "11"], "job_id": "a-job", "call_id": "c0ffee"}
    audit.write(Event(event="update_account", connection="acme", **told))  # type: ignore[arg-type]
    audit.write(Event(event="delete_account", connection="acme", who="eve", record_ids=["12"], call_id="0"))
    assert [entry.event for entry in audit.read(Wanted(**wanted))] == ["update_account"]  # type: ignore[arg-type]


def test_what_a_terminal_or_the_database_could_not_hold_is_replaced(audit: Audit) -> None:
    audit.write(
        Event(event="x", connection="acme", who="ada\x1b[2J\0", fields=["Pho\nne", "\ud800"], detail="x" * 9999)
    )
    (entry,) = audit.read()
    assert (entry.who, entry.fields) == ("ada\ufffd[2J\ufffd", ["Pho\ufffdne", "\ufffd"])
    assert len(entry.detail) == 500


def test_the_trigger_fires_in_a_session_that_plays_a_replica_too(database: Database) -> None:  # noqa: F811
    with database.connection() as db:
        query = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'audit_log_is_append_only'"
        assert db.execute(query).fetchall() == [("A",)]


def test_a_database_without_the_table_is_told(empty_database_url: str) -> None:
    empty = Database(lambda: empty_database_url)
    with pytest.raises(ZohoDatabaseError, match="audit log cannot be written"):
        Audit(empty).write(UPDATED)
    with pytest.raises(ZohoDatabaseError, match="audit log cannot be read"):
        Audit(empty).read()
    empty.close()


@pytest.mark.parametrize(
    ("text", "ago"), [("30m", timedelta(minutes=30)), ("24h", timedelta(hours=24)), ("7d", timedelta(days=7))]
)
def test_a_time_may_be_so_long_ago(text: str, ago: timedelta) -> None:
    assert abs(datetime.now(UTC) - ago - moment(text)) < timedelta(minutes=1)


def test_a_time_may_be_a_date_with_or_without_a_zone() -> None:
    assert moment("2026-01-31T08:00:00+01:00") == datetime(2026, 1, 31, 7, tzinfo=UTC)
    assert moment("2026-01-31").tzinfo is UTC


def test_anything_else_is_no_time() -> None:
    with pytest.raises(InvalidInputError, match="'yesterday' is not a time"):
        moment("yesterday")
