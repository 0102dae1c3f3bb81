"""`kill -9` at any moment: on restart the job goes on, and every record ends in exactly one final state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import psycopg
import pytest
from pydantic import SecretStr

from support.bulk import Hands, ended, hands
from support.processes import process, until
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db import migrate
from zohocrm_mcp.jobs.journal import LOCK_CLASS
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

UPDATE = "PUT /crm/v8/{module}"
TESTS = Path(__file__).parent.parent


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=600, seed=2) as running:
        yield running


async def all_ids(here: Hands) -> list[str]:
    found = [row for page in (1, 2, 3) for row in (await here.api.list_records("Accounts", ["id"], page=page)).data]
    return [str(row["id"]) for row in found]


def written(simulator: Simulator) -> Counter[str]:
    """How often each record was sent in an update."""
    bodies = [json.loads(entry.body) for entry in simulator.requests if entry.method == "PUT"]
    return Counter(row["id"] for body in bodies for row in body["data"])


async def test_a_killed_server_leaves_a_job_that_the_next_one_finishes_without_writing_twice(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings, sleep=anyio.sleep) as here:
        ids = await all_ids(here)
        simulator.faults.add(UPDATE, "delay", seconds=60, count=None, skip=2)
        child = process(settings, "support.bulk_process", "UPDATE")
        assert child.stdin
        child.stdin.write(json.dumps([{"id": each, "Health_Score": 1077} for each in ids]).encode())
        child.stdin.close()
        await until(lambda: simulator.counters.routes[UPDATE] >= 3)
        child.send_signal(signal.SIGKILL)
        child.wait()
        simulator.faults.clear()
        (left,) = (await here.jobs.list()).jobs
        assert left.state == "running"
        assert left.pending > 0
        here.take_up()
        job = await ended(here, left.job_id)
        assert (job.state, job.succeeded, job.failed, job.pending) == ("succeeded", 600, 0, 0)
        assert set(await here.values(ids[:100], "Health_Score")) == {1077}
    assert written(simulator) == Counter(dict.fromkeys(ids, 1))


async def test_one_job_is_never_run_by_two_and_the_other_takes_over_from_a_killed_one(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        ids = await all_ids(here)
        simulator.faults.add(UPDATE, "delay", seconds=60, count=None)
        planned = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 1077} for each in ids], dry_run=True)
        row = await here.store.find(planned.job_id)
        await here.store.move(row.job_id, ["planned"], "queued")
        workers = [process(settings, "support.bulk_process", "WORK") for _ in range(2)]
        try:
            await until(lambda: simulator.counters.routes[UPDATE] >= 2)
            assert simulator.counters.peak_concurrency <= 2
            await kill_the_one_at_it(settings, workers)
            simulator.faults.clear()
            job = await ended(here, planned.job_id)
        finally:
            for worker in workers:
                worker.kill()
                worker.communicate()
        assert (job.state, job.succeeded, job.pending) == ("succeeded", 600, 0)
    assert written(simulator) == Counter(dict.fromkeys(ids, 1))


async def kill_the_one_at_it(settings: Settings, workers: list[subprocess.Popen[bytes]]) -> None:
    """Kill the worker whose database connection holds the lock on the job."""
    query = """SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
               WHERE locktype = 'advisory' AND classid = %s AND application_name LIKE %s"""
    with psycopg.connect(settings.database_url.get_secret_value()) as db:
        names = [row[0] for row in db.execute(query, (LOCK_CLASS, "%job runner%"))]
    (holder,) = [worker for worker in workers if any(name.endswith(f" {worker.pid}") for name in names)]
    holder.kill()
    await anyio.to_thread.run_sync(holder.wait)


async def test_postgresql_killed_in_the_middle_does_not_stop_the_job(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"database_url": SecretStr(""), "data_dir": tmp_path / "data"})
    database = database_of(own)
    await anyio.to_thread.run_sync(migrate.apply, database)
    database.close()
    async with hands(own, concurrency=1) as here:
        ids = await all_ids(here)
        simulator.faults.add(UPDATE, "delay", seconds=0.2, count=None)
        async with anyio.create_task_group() as group:

            async def kill_it() -> None:
                await until(lambda: simulator.counters.routes[UPDATE] >= 2)
                (pid_file,) = (tmp_path / "data").rglob("postmaster.pid")
                os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)

            group.start_soon(kill_it)
            job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 1077} for each in ids])
        assert (job.state, job.succeeded, job.pending) == ("succeeded", 600, 0)
    assert written(simulator) == Counter(dict.fromkeys(ids, 1))
