"""Jobs counted by state, and how long one has not moved."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.jobs import journal
from zohocrm_mcp.jobs.census import STATES, census
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import Draft

HOUR = 3600.0


def job(database: Database, connection: str = "acme", *, age: float = 0.0, dry_run: bool = False) -> uuid.UUID:
    """A job with one record, asked for so many seconds ago."""
    draft = Draft("update", "Accounts", [[Entry(row=1, id="1", sent={"Phone": "1"})]], {}, dry_run=dry_run)
    with database.connection() as db:
        made = journal.create(db, connection, draft)
        db.execute("UPDATE bulk_jobs SET created_at = now() - make_interval(secs => %s) WHERE job_id = %s", (age, made))
    return made


def test_without_jobs_every_state_is_there_with_none(database: Database) -> None:
    with database.connection() as db:
        found = census(db)
    assert found.states == dict.fromkeys(STATES, 0)
    assert found.stalled == 0


def test_jobs_of_all_connections_are_counted(database: Database) -> None:
    job(database)
    job(database, "other")
    job(database, dry_run=True)
    with database.connection() as db:
        assert {state: count for state, count in census(db).states.items() if count} == {"queued": 2, "planned": 1}


def test_a_job_at_which_nobody_works_stalls_from_when_it_was_asked_for(database: Database) -> None:
    job(database, age=HOUR)
    job(database, age=2 * HOUR, dry_run=True)
    with database.connection() as db:
        assert census(db).stalled == pytest.approx(HOUR, abs=60)


def test_a_job_that_somebody_has_taken_up_does_not_stall(database: Database, database_url: str) -> None:
    made = job(database, age=HOUR)
    with psycopg.connect(database_url, autocommit=True) as worker:
        assert journal.take_up(worker, made) == 1
        with database.connection() as db:
            assert census(db).stalled == 0


def test_one_whose_call_hangs_stalls_from_when_it_was_sent(database: Database, database_url: str) -> None:
    made = job(database, age=3 * HOUR)
    with psycopg.connect(database_url, autocommit=True) as worker, database.connection() as db:
        run = journal.take_up(worker, made)
        assert run
        (chunk,) = journal.chunks(db, made)
        assert journal.claim(db, made, run, chunk.number, chunk.entries)
        db.execute("UPDATE bulk_chunks SET claimed_at = now() - interval '1 hour'")
        db.execute("UPDATE bulk_jobs SET started_at = now() - interval '2 hours'")
        assert census(db).stalled == pytest.approx(HOUR, abs=60)
