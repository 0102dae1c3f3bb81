"""A schedule's time comes once, however many workers look, and what it begins is a job like any."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import aclosing

import anyio
import anyio.to_thread
import pytest

from support.processes import until
from support.queued import rows, worker, working
from support.whole import command, ended, opened
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.jobs import schedules
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

ALL = "SELECT job_id::text, asked_by, state FROM bulk_jobs WHERE kind = 'sync' ORDER BY created_at"
SLOTS = "SELECT extract(epoch FROM next_at)::float8, extract(epoch FROM now())::float8 FROM mirror_modules"
PAST = "UPDATE mirror_modules SET next_at = now() - make_interval(secs => %s) RETURNING module"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=60, seed=1) as running:
        yield running


async def test_two_workers_begin_a_slot_once_and_get_job_shows_it(settings: Settings) -> None:
    async with opened(settings) as crm:
        await crm.mirror.schedule("accounts", 900)
        with worker(settings), worker(settings):
            await until(lambda: working(settings, 2))
            await until(lambda: bool(rows(settings, ALL)))
            ((job_id, asked_by, _),) = rows(settings, ALL)
            job = await ended(crm, job_id)
            assert (job.state, job.kind, asked_by) == ("succeeded", "sync", "schedule")
            rows(settings, PAST, 1)
            await until(lambda: len(rows(settings, ALL)) == 2)
            assert (await ended(crm, rows(settings, ALL)[1][0])).state == "succeeded"
        assert len(rows(settings, ALL)) == 2


async def test_many_who_look_at_once_begin_one(settings: Settings, database: Database) -> None:
    async with opened(settings) as crm:
        await crm.mirror.schedule("Accounts", 900)

        def look() -> None:
            with database.connection() as db:
                schedules.defer_due(db, ["default"])

        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(anyio.to_thread.run_sync, look)
        assert len(rows(settings, ALL)) == 1
        assert rows(settings, "SELECT count(*) FROM procrastinate_jobs") == [(1,)]


async def test_whoever_follows_a_schedule_hears_each_end_once_and_nothing_of_other_jobs(settings: Settings) -> None:
    async with opened(settings) as crm, aclosing(crm.mirror.ended("Accounts")) as ends:
        heard: list[str] = []

        async def listen() -> None:
            async for job in ends:
                heard.append(job.job_id)  # noqa: PERF401 -- each when it comes

        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            await until(lambda: len(crm.jobs.listeners) == 2)
            foreign = str(uuid.uuid4())
            await crm.jobs.heard(frozenset({foreign}))
            await crm.mirror.sync("Contacts")
            done = [(await crm.mirror.sync("Accounts")).job_id for _ in range(2)]
            for job_id in (*done, *done):
                await crm.jobs.heard(frozenset({job_id}))
            await until(lambda: heard == done)
            group.cancel_scope.cancel()
    assert heard == done


def test_times_that_have_passed_are_left_out_and_the_rhythm_is_kept(settings: Settings, database: Database) -> None:
    with database.connection() as db:
        schedules.schedule(db, "default", "Accounts", 60)
    rows(settings, PAST, 150)
    ((before, _),) = rows(settings, SLOTS)
    with database.connection() as db:
        schedules.defer_due(db)
        schedules.defer_due(db)
    ((after, now),) = rows(settings, SLOTS)
    assert len(rows(settings, ALL)) == 1
    assert after - before == pytest.approx(180)
    assert 0 < after - now <= 60


def test_no_sync_is_begun_while_the_one_before_goes_on(settings: Settings, database: Database) -> None:
    with database.connection() as db:
        schedules.schedule(db, "default", "Accounts", 60)
        schedules.defer_due(db)
    rows(settings, PAST, 1)
    with database.connection() as db:
        schedules.defer_due(db)
    assert len(rows(settings, ALL)) == 1


def test_a_schedule_is_ended_by_its_command(settings: Settings, database: Database) -> None:
    with database.connection() as db:
        schedules.schedule(db, "default", "Accounts", 60)
    assert command(settings, "sync", "Accounts", "--every", "off") == 0
    with database.connection() as db:
        schedules.defer_due(db)
    assert rows(settings, ALL) == []
