"""The end of a job stands in the audit log once, whoever worked on it; an application that owns nothing can do all."""

from __future__ import annotations

import json
import signal
import uuid
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from pydantic import SecretStr

from support.bulk import ended, hands, some_ids
from support.clients import call, client, first_account
from support.postgres import empty_database  # noqa: F401 -- a fixture
from support.processes import process, until
from support.roles import application_role
from support.whole import process as command
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.jobs import journal
from zohocrm_mcp.observe.audit import Audit, Entry, Wanted
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
UPDATE = "PUT /crm/v8/{module}"


def ends(database: Database) -> list[Entry]:
    return Audit(database).read(Wanted(event="job.ended"))


async def test_a_job_that_outlived_a_killed_process_has_ended_once(
    settings: Settings, simulator: Simulator, database: Database
) -> None:
    async with hands(settings, sleep=anyio.sleep) as here:
        ids = await some_ids(here.api, 60)
        simulator.faults.add(UPDATE, "delay", seconds=30)
        child = process(settings, "support.bulk_process", "UPDATE")
        assert child.stdin
        child.stdin.write(json.dumps([{"id": each, "Health_Score": 77} for each in ids]).encode())
        child.stdin.close()
        await until(lambda: simulator.counters.routes[UPDATE] >= 1)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert ends(database) == []
        simulator.faults.clear()
        here.take_up()
        (job,) = (await here.jobs.list()).jobs
        assert (await ended(here, job.job_id)).state == "succeeded"
    (row,) = ends(database)
    assert (row.outcome, row.job_id, sorted(row.record_ids)) == ("succeeded", job.job_id, sorted(ids))
    assert row.fields == ["Health_Score"]


async def test_an_end_written_twice_because_the_first_answer_was_lost_stands_once(
    settings: Settings, database: Database
) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        planned = await here.bulk.update("Accounts", [{"id": one, "Health_Score": 7}], dry_run=True)
        job_id = uuid.UUID(planned.job_id)
        with database.connection() as db:
            journal.move(db, job_id, ["planned"], "queued")
            run = journal.take_up(db, job_id)
            assert run
            journal.finish(db, job_id, run)
            journal.finish(db, job_id, run)
    (row,) = ends(database)
    assert (row.outcome, row.record_ids) == ("failed", [])


async def test_a_job_stopped_and_resumed_names_at_each_end_what_was_done_until_then(
    settings: Settings, simulator: Simulator, database: Database
) -> None:
    async with hands(settings, concurrency=1) as here:
        ids = await some_ids(here.api, 3)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 7} for each in ids], dry_run=True)
        simulator.faults.add(UPDATE, "status", status=401, body={"code": "OAUTH_SCOPE_MISMATCH"}, count=None)
        stopped = await here.jobs.run(job.job_id)
        assert stopped.state == "failed"
        simulator.faults.clear()
        again = await here.jobs.resume(job.job_id)
        assert again.state == "succeeded"
    first, second = ends(database)
    assert (first.outcome, first.record_ids) == ("failed", [])
    assert (second.outcome, second.record_ids) == ("succeeded", ids)


async def test_an_application_that_owns_nothing_can_do_everything(
    settings: Settings, empty_database_url: str, tmp_path: Path
) -> None:
    with application_role(empty_database_url) as url:
        urls = {"database_url": SecretStr(url), "migrate_url": SecretStr(empty_database_url)}
        own = settings.model_copy(update={**urls, "data_dir": tmp_path / "apart"})
        async with client(own, "auto") as connected:
            account = await first_account(connected)
            await call(connected, "update_account", account_id=account, values={"Phone": "1"})
            job = await call(connected, "bulk_update_accounts", records=[{"id": account, "Health_Score": 7}])
            assert job["state"] == "succeeded"
            assert (await call(connected, "undo_job", job_id=job["job_id"]))["state"] == "succeeded"
            read = await call(connected, "bulk_read_accounts")
            assert (read["state"], read["count"]) == ("succeeded", 60)
            page = await connected.read_resource(read["export_uri"])
            assert json.loads(page.contents[0].text)["records"]  # type: ignore[union-attr]
            shown = await call(connected, "delete_account", account_id=account)
            done = await call(connected, "delete_account", account_id=account, confirm_token=shown["confirm_token"])
            assert done["deleted"]
            health = await call(connected, "check_health")
            assert health["status"] == "healthy"
        with command(own, "sync", "Accounts") as syncing:
            assert await anyio.to_thread.run_sync(syncing.wait, 60) == 0
        database = database_of(own)
        events = [entry.event for entry in Audit(database).read() if not entry.event.startswith("auth.")]
        database.close()
    assert sorted(events) == sorted(
        [
            "update_account",
            "bulk_update_accounts",
            "job.ended",
            "undo_job",
            "job.ended",
            "delete_account",
            "delete_account",
        ]
    )
