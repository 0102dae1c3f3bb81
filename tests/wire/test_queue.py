"""Queued jobs are done by whoever is free, each by one, whatever becomes of who was at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import anyio
import anyio.lowlevel
import anyio.to_thread
import psycopg
import pytest

from support.bulk import ended, hands, some_ids
from support.processes import until
from support.queued import UPDATE, end, holder, queued, rows, worker, working, written
from support.rows import row_of
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import rows as connection_rows
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import UnavailableError
from zohocrm_mcp.jobs import queue, shift
from zohocrm_mcp.jobs.worker import QueueWorker
from zohocrm_mcp.services.bulk.background import Background
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

TICKETS = "SELECT count(*) FROM procrastinate_jobs"
WORKERS = "SELECT count(*) FROM procrastinate_workers"

OPEN_JOB = """INSERT INTO bulk_jobs (job_id, connection, kind, module, state, dry_run, total)
              VALUES (gen_random_uuid(), %s, 'update', 'Accounts', 'queued', false, 1) RETURNING job_id"""

CUT_OFF = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=400, seed=3) as running:
        yield running


async def test_more_jobs_than_hands_are_each_done_once_by_two_workers(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 120)
        jobs = [await queued(here, ids[start : start + 10]) for start in range(0, 120, 10)]
        assert rows(settings, TICKETS) == [(12,)]
        with worker(settings), worker(settings):
            assert {(await ended(here, job_id)).state for job_id in jobs} == {"succeeded"}
        assert rows(settings, "SELECT run, count(*) FROM bulk_jobs GROUP BY run") == [(1, 12)]
    assert written(simulator) == Counter(dict.fromkeys(ids, 1))


async def test_what_a_killed_worker_had_is_finished_by_another_and_written_once(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 200)
        simulator.faults.add(UPDATE, "delay", seconds=60, count=None)
        job_id = await queued(here, ids)
        with worker(settings) as one, worker(settings) as other:
            await until(lambda: simulator.counters.routes[UPDATE] >= 1)
            holder(settings, [one, other]).kill()
            simulator.faults.clear()
            job = await ended(here, job_id)
        assert (job.state, job.succeeded, job.pending) == ("succeeded", 200, 0)
    assert written(simulator) == Counter(dict.fromkeys(ids, 1))


async def test_a_worker_that_is_asked_to_end_hands_its_job_over(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 200)
        simulator.faults.add(UPDATE, "delay", seconds=0.5, count=None)
        with ExitStack() as stack:
            one = stack.enter_context(worker(settings))
            job_id = await queued(here, ids)
            await until(lambda: simulator.counters.routes[UPDATE] >= 1)
            stack.enter_context(worker(settings))
            assert await anyio.to_thread.run_sync(end, one) == 0
            job = await ended(here, job_id)
        assert (job.state, job.succeeded) == ("succeeded", 200)
    assert written(simulator) == Counter(dict.fromkeys(ids, 1))


async def test_a_worker_serves_every_connection_and_one_that_signs_in_later(
    settings: Settings, simulator: Simulator, database: Database
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 10)
        with worker(settings):
            await until(lambda: working(settings))
            with database.connection() as db:
                connection_rows.save(db, load_keyring(settings), row_of(simulator, "emea"))
            async with hands(settings, connection="emea") as there:
                jobs = [(here, await queued(here, ids)), (there, await queued(there, ids))]
                assert [(await ended(who, job_id)).state for who, job_id in jobs] == ["succeeded"] * 2
    assert written(simulator) == Counter(dict.fromkeys(ids, 2))


async def test_a_worker_for_one_connection_leaves_the_others_alone(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 10)
        with worker(settings, "--connection", "emea"):
            await until(lambda: working(settings))
            job_id = await queued(here, ids)
            with worker(settings):
                assert (await ended(here, job_id)).state == "succeeded"
    assert written(simulator) == Counter(dict.fromkeys(ids, 1))


async def test_an_open_job_without_a_ticket_gets_one(settings: Settings) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 10)
        job_id = await queued(here, ids)
        rows(settings, "DELETE FROM procrastinate_jobs RETURNING id")
        here.take_up()
        assert (await ended(here, job_id)).state == "succeeded"


async def test_a_job_is_queued_in_the_transaction_that_writes_it_down(settings: Settings, database: Database) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 10)
        with database.connection() as db:
            db.execute("ALTER TABLE procrastinate_jobs ADD CHECK (queue_name = '')")
        with pytest.raises(psycopg.errors.CheckViolation):
            await queued(here, ids)
        assert (await here.jobs.list()).jobs == []


async def test_when_all_is_done_no_ticket_and_no_worker_is_left(settings: Settings) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 10)
        here.take_up()
        for value in (1, 2):
            assert (await ended(here, await queued(here, ids, value))).state == "succeeded"
        await until(lambda: rows(settings, TICKETS) == [(0,)])
        assert working(settings)
    assert (rows(settings, TICKETS), rows(settings, WORKERS)) == ([(0,)], [(0,)])


async def test_a_worker_outlives_the_loss_of_all_its_database_connections(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift, "AGAIN_SECONDS", 0.1)
    async with hands(settings) as here:
        ids = await some_ids(here.api, 10)
        here.take_up()
        assert (await ended(here, await queued(here, ids))).state == "succeeded"
        rows(settings, CUT_OFF)
        assert (await ended(here, await queued(here, ids, 2))).state == "succeeded"


async def test_a_job_that_cannot_be_begun_is_tried_again_later(settings: Settings, database: Database) -> None:
    refused = anyio.Event()

    async def perform(_connection: str, _job_id: str) -> None:
        refused.set()
        raise UnavailableError("Nobody is in.")

    async with hands(settings) as here, anyio.create_task_group() as group:
        job_id = await queued(here, await some_ids(here.api, 1))
        group.start_soon(QueueWorker(database).attend, "default", perform)
        await refused.wait()
        waiting = "SELECT queueing_lock FROM procrastinate_jobs WHERE scheduled_at > now() AND status = 'todo'"
        await until(lambda: rows(settings, waiting) == [(job_id,)])
        group.cancel_scope.cancel()


async def test_the_ticket_of_a_job_that_is_gone_is_thrown_away(settings: Settings) -> None:
    async with hands(settings) as here:
        await queued(here, await some_ids(here.api, 1))
        rows(settings, "DELETE FROM bulk_jobs RETURNING job_id")
        here.take_up()
        await until(lambda: working(settings) and rows(settings, TICKETS) == [(0,)])


async def test_a_ticket_for_a_job_that_runs_here_already_keeps_no_hand_busy(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 10)
        held = simulator.faults.add(UPDATE, "hang")
        here.take_up()
        job_id = await queued(here, ids)
        await until(lambda: held.hits == 1)
        await here.jobs.perform(job_id)
        assert (await here.jobs.get(job_id)).state == "running"
        simulator.faults.clear()
        assert (await ended(here, job_id)).state == "succeeded"


async def test_work_begun_while_a_process_closes_gets_no_further_than_its_first_wait() -> None:
    background, began, went_on = Background(), anyio.Event(), anyio.Event()

    async def more() -> None:
        began.set()
        await anyio.lowlevel.checkpoint()
        went_on.set()

    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            background.start(more)

    background.start(work)
    await anyio.lowlevel.checkpoint()
    await background.close()
    assert began.is_set()
    assert not went_on.is_set()


async def test_what_a_dead_worker_had_in_hand_is_forgotten(settings: Settings) -> None:
    async with hands(settings) as here:
        job_id = await queued(here, await some_ids(here.api, 1))
        rows(settings, "UPDATE procrastinate_jobs SET status = 'doing' RETURNING id")
        here.take_up()
        assert (await ended(here, job_id)).state == "succeeded"
        await until(lambda: rows(settings, TICKETS) == [(0,)])


async def test_connections_come_and_go_in_one_worker(settings: Settings, database: Database) -> None:
    done: list[tuple[str, str]] = []

    async def perform(connection: str, job_id: str) -> None:
        done.append((connection, job_id))

    def tickets(*names: str) -> None:
        for name in names:
            rows(settings, OPEN_JOB, name)

    one = QueueWorker(database)
    async with anyio.create_task_group() as group:
        group.start_soon(one.attend, "emea", perform)
        await until(lambda: working(settings))
        group.start_soon(one.attend, "a" * 63, perform)
        tickets("emea", "a" * 63, "apac")
        await until(lambda: {name for name, _ in done} == {"emea", "a" * 63})
        group.cancel_scope.cancel()
    assert rows(settings, WORKERS) == [(0,)]
    assert len(queue.queue_of("a" * 63)) < len("procrastinate_queue_v1#") + 40
