"""Ten thousand updates while everything that can go wrong does: journal, report and CRM agree record by record."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from pydantic import SecretStr

from support.bulk import Hands, ended, hands
from support.processes import until
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db import migrate
from zohocrm_mcp.models import Record
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

COUNT = 10_000
WRITE, READ = "PUT /crm/v8/{module}", "GET /crm/v8/{module}"
TAKEN_EVERY = 20
"""Every so many-th record asks for a value of a unique field that another one has: five in a hundred are refused."""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=COUNT, seed=3) as running:
        yield running


async def test_after_a_storm_of_faults_the_crm_holds_what_the_job_reports(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"read_timeout": 2, "database_url": SecretStr(""), "data_dir": tmp_path / "data"})
    await anyio.to_thread.run_sync(migrated, own)
    async with hands(own, concurrency=10, sleep=anyio.sleep) as here, anyio.create_task_group() as group:
        group.start_soon(kill_postgresql, simulator, tmp_path)
        before = await everything(here)
        simulator.faults.add(WRITE, "status", count=None, probability=0.05, status=500, after=True, seed=1)
        simulator.faults.add(WRITE, "status", count=None, probability=0.05, status=500, seed=2)
        simulator.faults.add("*", "status", count=None, probability=0.01, status=429, seed=3)
        simulator.faults.add(WRITE, "hang", count=2, probability=0.05, seed=4)
        simulator.faults.add(WRITE, "reset_after", count=None, probability=0.05, seed=5)
        simulator.faults.add(WRITE, "token_revoked", skip=40)
        taken = str(before[max(before)]["External_Id"])
        asked = {record_id: change(number, taken) for number, record_id in enumerate(before)}
        job = await here.bulk.update("Accounts", [{"id": key, **values} for key, values in asked.items()])
        job = await ended(here, job.job_id)
        assert all(fault.hits for fault in simulator.faults.scripts)
        simulator.faults.clear()
        after = await everything(here)
        row = await here.store.find(job.job_id)
        entries = await here.store.entries(row.job_id)
    states = {entry.id: entry.state for entry in entries}
    assert (job.total, job.pending) == (COUNT, 0)
    assert job.succeeded + job.failed == COUNT
    assert set(states.values()) <= {"succeeded", "failed"}
    assert {key for key, state in states.items() if state == "failed"} == {k for k, v in asked.items() if len(v) == 2}
    for key, values in asked.items():
        expected = {**before[key], **values} if states[key] == "succeeded" else before[key]
        assert after[key] == expected


def migrated(settings: Settings) -> None:
    """Start the embedded PostgreSQL and make the tables."""
    database = database_of(settings)
    migrate.apply(database)
    database.close()


async def kill_postgresql(simulator: Simulator, folder: Path) -> None:
    """Kill the server with -9 when a third of the work is done."""
    await until(lambda: simulator.counters.routes[WRITE] >= 30)
    (pid_file,) = (folder / "data").rglob("postmaster.pid")
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)


def change(number: int, taken: str) -> Record:
    values: Record = {"Health_Score": 1000 + number}
    return {**values, "External_Id": taken} if number % TAKEN_EVERY == 1 else values


async def everything(here: Hands) -> dict[str, Record]:
    """Return what the CRM holds of the two fields, by id."""
    found: dict[str, Record] = {}
    last = "0"
    while True:
        query = f"select Health_Score, External_Id from Accounts where id > {last} order by id limit 2000"  # noqa: S608
        rows = (await here.api.coql(query)).data
        found |= {str(row["id"]): {k: v for k, v in row.items() if k != "id"} for row in rows}
        if len(rows) < 2000:
            return found
        last = str(rows[-1]["id"])
