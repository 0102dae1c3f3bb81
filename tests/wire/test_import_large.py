"""Large files go through Zoho's Bulk Write, and every row's outcome is read back into the journal."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from conftest import settings_for
from support.whole import MANY, WRITE, accounts, ended, opened, process, sql, written, zipped
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.models import Record
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.health.limits import cost_of
from zohocrm_mcp.services.imports import service as imports
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

UPLOAD, JOB = "POST /crm/v8/upload", "GET /crm/bulk/v8/write/{job}"
RESULT = "GET /v8/crm/{org}/bulk-write/{job}/{name}"


def rows(path: Path, count: int, *more: str) -> Path:
    return written(path, "Account_Name,Industry,Employees", *(f"Bulk {n},Retail,{n}" for n in range(count)), *more)


async def names(crm: Services) -> list[str]:
    found = crm.search.iterate("Accounts", criteria="Account_Name like 'Bulk%'", fields=["Account_Name"])
    return sorted([str(record["Account_Name"]) async for record in found])


async def test_a_large_file_is_one_job_of_zoho_and_each_row_has_its_outcome(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    path = rows(tmp_path / "a.csv", 30, "Bulk bad,Nope,1", '"Bulk broken,Retail,1', "Bulk last,Retail,1")
    async with opened(settings) as crm:
        done = await crm.imports.load("Accounts", path)
        job = done.job
        assert (job.kind, job.state, job.total, job.succeeded, job.failed) == ("load", "partly_failed", 33, 31, 2)
        assert [line.split(":")[0] for line in done.lines] == ["line 32", "line 33"]
        assert len(await names(crm)) == 31
    assert (simulator.counters.routes[WRITE], simulator.counters.routes[UPLOAD]) == (1, 1)
    assert accounts(simulator) == 91
    with sql(settings) as db:
        assert db.execute("SELECT count(*) FROM bulk_chunks WHERE entries LIKE '%\"pending\"%'").fetchone() == (0,)


async def test_files_of_more_rows_than_zoho_takes_are_split(
    settings: Settings, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "ROWS", 12)
    async with opened(settings) as crm:
        job = (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 30))).job
        assert (job.state, job.succeeded) == ("succeeded", 30)
        assert len(await names(crm)) == 30
    assert simulator.counters.routes[WRITE] == 3


async def test_an_upsert_changes_what_is_there_and_creates_the_rest(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    async with opened(settings) as crm:
        await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 15))
        job = (await crm.imports.load("Accounts", rows(tmp_path / "b.csv", 20), find_by="Account_Name")).job
        assert (job.state, job.succeeded) == ("succeeded", 20)
    assert accounts(simulator) == 80


async def test_updates_are_found_by_id_and_a_record_that_is_gone_is_told_by_its_line(
    settings: Settings, tmp_path: Path
) -> None:
    async with opened(settings) as crm:
        ids = [str(record["id"]) async for record in crm.search.iterate("Accounts")][:12]
        path = written(tmp_path / "a.csv", "id,Employees", *(f"{one},77" for one in ids), "123456789012345678,77")
        done = await crm.imports.load("Accounts", path)
        assert (done.job.kind, done.job.succeeded, done.job.failed) == ("load", 12, 1)
        assert done.lines[0].startswith("line 14:")
        assert await crm.search.count("Accounts", criteria="Employees = 77") >= 12


async def test_a_truncated_result_is_fetched_again(settings: Settings, simulator: Simulator, tmp_path: Path) -> None:
    simulator.faults.add(RESULT, "truncated", count=2)
    async with opened(settings) as crm:
        assert (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12))).job.state == "succeeded"
    assert (simulator.counters.routes[RESULT], accounts(simulator)) == (3, 72)


async def test_rows_of_a_result_that_stays_truncated_have_an_unknown_outcome(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add(RESULT, "truncated", count=None)
    async with opened(settings) as crm:
        done = await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12))
        assert (done.job.state, done.job.failed, done.job.pending) == ("failed", 12, 0)
        assert {failure.code for failure in done.job.failures} == {"unknown_outcome"}
        assert "stays unreadable" in done.lines[0]


async def test_rows_that_a_result_does_not_tell_of_have_an_unknown_outcome(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    header = ["Account_Name", "Industry", "Employees", "STATUS", "RECORD_ID", "ERRORS"]
    told = [
        ["Bulk 3", "Retail", "3", "ADDED", "99", ""],
        ["Bulk 5", "Retail", "5", "SKIPPED", "", "INVALID_DATA:Phone"],
    ]
    fault = simulator.faults.add(RESULT, count=None, status=200)
    fault.body = zipped(header, *told)
    async with opened(settings) as crm:
        job = (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12))).job
        assert (job.succeeded, job.failed) == (1, 11)
        by_row = {failure.row: failure for failure in job.failures}
        assert (by_row[7].code, by_row[7].field, by_row[2].code) == ("INVALID_DATA", "Phone", "unknown_outcome")


@pytest.mark.parametrize(("added", "code"), [(0, "INTERNAL_ERROR"), (3, "unknown_outcome")])
async def test_a_failed_job_says_of_each_row_whether_it_may_have_been_written(
    settings: Settings, simulator: Simulator, tmp_path: Path, added: int, code: str
) -> None:
    counts = {"added_count": added, "updated_count": 0, "skipped_count": 0, "total_count": 12}
    body: dict[str, Any] = {"status": "FAILED", "resource": [{"code": "INTERNAL_ERROR", "file": counts}]}
    simulator.faults.add(JOB, count=None, status=200, body=body)
    async with opened(settings) as crm:
        done = await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12))
        assert (done.job.state, {failure.code for failure in done.job.failures}) == ("failed", {code})
        assert "ended as FAILED" in done.lines[0]


async def test_a_refused_order_fails_every_row_in_zohos_words(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    refused = {"code": "INVALID_FIELD", "details": {"api_name": "Employees"}, "message": "bad", "status": "error"}
    simulator.faults.add(WRITE, count=None, status=400, body=refused)
    async with opened(settings) as crm:
        job = (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12))).job
        assert (job.state, {failure.code for failure in job.failures}) == ("failed", {"INVALID_FIELD"})


async def test_an_insert_whose_order_was_not_answered_is_not_ordered_again(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add(WRITE, "reset_after", count=None)
    async with opened(settings) as crm:
        job = (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12))).job
        assert {failure.code for failure in job.failures} == {"unknown_outcome"}
    assert simulator.counters.routes[WRITE] == 1


async def test_an_upsert_whose_order_was_not_answered_is_ordered_again_and_makes_no_twins(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add(WRITE, "reset_after")
    async with opened(settings) as crm:
        job = (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12), find_by="Account_Name")).job
        assert (job.state, job.succeeded) == ("succeeded", 12)
    assert (simulator.counters.routes[WRITE], accounts(simulator)) == (2, 72)


async def test_an_upload_that_does_not_work_leaves_rows_that_can_be_resumed(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add(UPLOAD, count=None, status=503)
    async with opened(settings) as crm:
        job = (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12))).job
        assert (job.state, job.pending, job.failed) == ("failed", 12, 0)
        simulator.faults.clear()
        assert (await crm.jobs.resume(job.job_id)).state == "succeeded"
    assert accounts(simulator) == 72


@pytest.mark.parametrize("moment", ["while Zoho works", "before the order"])
def test_an_import_that_is_killed_goes_on_and_writes_every_row_once(
    settings: Settings, simulator: Simulator, tmp_path: Path, moment: str
) -> None:
    simulator.settings.bulk_job_seconds = 3600
    path = rows(tmp_path / "a.csv", 5_100)
    waits_at = JOB if moment == "while Zoho works" else UPLOAD
    reached = simulator.faults.add(waits_at, "hang", count=None)
    with process(settings, "import", "Accounts", str(path)) as running:
        assert until(lambda: reached.hits or running.poll() is not None, 60)
        assert running.poll() is None
        running.send_signal(signal.SIGKILL)
    simulator.faults.clear()
    simulator.settings.bulk_job_seconds = 0
    simulator.clock.advance(7200)

    async def rest() -> None:
        async with opened(settings) as crm:
            (job,) = (await crm.jobs.list()).jobs
            done = await ended(crm, job.job_id)
            assert (done.state, done.succeeded, done.failed) == ("succeeded", 5_100, 0)

    anyio.run(rest)
    assert (simulator.counters.routes[WRITE], accounts(simulator)) == (1, 5_160)


async def test_a_file_that_was_not_read_to_its_end_cannot_be_run(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as crm:
        job = (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 12), dry_run=True)).job
        with sql(settings) as db:
            db.execute("UPDATE bulk_jobs SET request = request - 'complete'")
        ran = await crm.jobs.run(job.job_id)
        assert (ran.state, ran.pending, "not read to its end" in str(ran.trouble)) == ("failed", 12, True)


async def test_a_dry_run_shows_what_would_change_and_orders_nothing(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    async with opened(settings) as crm:
        ids = [str(record["id"]) async for record in crm.search.iterate("Accounts")][:12]
        path = written(tmp_path / "a.csv", "id,Employees", *(f"{one},7777" for one in ids))
        job = (await crm.imports.load("Accounts", path, dry_run=True)).job
        assert (job.state, job.total, len(job.changes or [])) == ("planned", 12, 12)
        assert {change.changed["Employees"].after for change in job.changes or []} == {7777}
    assert simulator.counters.routes[WRITE] == 0


async def test_a_load_is_undone_but_for_what_somebody_has_changed_since(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    async with opened(settings) as crm:
        await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 6))
        path = written(tmp_path / "b.csv", "Account_Name,Employees", *(f"Bulk {n},{n + 100}" for n in range(12)))
        job = (await crm.imports.load("Accounts", path, find_by="Account_Name")).job
        assert (job.kind, job.succeeded, job.undo_available) == ("load", 12, True)
        simulator.clock.advance(2)
        touched = [one async for one in crm.search.iterate("Accounts", criteria="Employees in (101, 110)")]
        for record in touched:
            await crm.records.update("Accounts", str(record["id"]), {"Employees": 4, "Industry": "Technology"})
        undone = await crm.jobs.undo(job.job_id)
        assert (undone.succeeded, undone.skipped) == (10, 2)
        assert await names(crm) == sorted([*(f"Bulk {n}" for n in range(6)), "Bulk 10"])


async def test_upserts_beyond_a_few_thousand_go_through_bulk_write(settings: Settings, simulator: Simulator) -> None:
    async with opened(settings) as crm:
        crm.bulk.few = 10
        records: list[Record] = [{"Account_Name": f"Bulk {n}", "Employees": n} for n in range(12)]
        job = await crm.bulk.upsert("Accounts", records, ["Account_Name"])
        assert (job.kind, job.state, job.succeeded) == ("load", "succeeded", 12)
        assert (await crm.bulk.upsert("Accounts", records, ["Account_Name"])).succeeded == 12
    assert (simulator.counters.routes[WRITE], accounts(simulator)) == (2, 72)


async def test_upserts_that_a_csv_cannot_say_go_by_the_hundred(settings: Settings) -> None:
    async with opened(settings) as crm:
        crm.bulk.few = MANY
        there = (await crm.records.list("Accounts", limit=MANY + 2)).records
        rows: list[Record] = [{"Account_Name": row["Account_Name"], "Phone": None, "Tag": ["New"]} for row in there]
        job = await crm.bulk.upsert("Accounts", rows, ["Account_Name"])
        assert (job.kind, job.state) == ("upsert", "succeeded")
        changed = (await crm.records.list("Accounts", limit=MANY + 2, fields=["Phone", "Tag"])).records
        assert not any("Phone" in record for record in changed)
        assert all(record["Tag"] for record in changed)


async def test_a_row_of_a_large_file_that_would_clear_a_field_is_refused(settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "Account_Name,Account_Status", *(f"Row {n},-None-" for n in range(MANY + 1)))
    async with opened(settings) as crm:
        done = await crm.imports.load("Accounts", path)
        assert (done.job.kind, done.job.failed) == ("load", MANY + 1)
        assert "clears no field" in done.lines[0]


async def test_a_cancelled_import_stops_between_files_and_can_be_resumed(
    settings: Settings, simulator: Simulator, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "ROWS", 12)
    simulator.settings.bulk_job_seconds = 60
    short = settings_for(simulator, database_url, settings.data_dir, call_seconds=0.2)
    async with opened(short) as crm:
        job = (await crm.imports.load("Accounts", rows(tmp_path / "a.csv", 24))).job
        assert (job.state in {"queued", "running"}, job.pending) == (True, 24)
        assert await anyio.to_thread.run_sync(until, lambda: simulator.counters.routes[JOB] > 0, 60)
        await crm.jobs.cancel(job.job_id)
        simulator.clock.advance(60)
        done = await ended(crm, job.job_id)
        assert (done.state, done.succeeded, done.pending) == ("cancelled", 12, 12)
        simulator.settings.bulk_job_seconds = 0
        await crm.jobs.resume(job.job_id)
        assert (await ended(crm, job.job_id)).state == "succeeded"
        assert len(await names(crm)) == 24


async def test_a_planned_load_tells_about_what_it_will_cost(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    async with opened(settings) as crm:
        path = rows(tmp_path / "a.csv", 20)
        planned = (await crm.imports.load("Accounts", path, find_by="Account_Name", dry_run=True)).job
        cost, before = cost_of(planned), simulator.counters.credits
        assert (await crm.jobs.run(planned.job_id)).succeeded == 20
    assert cost.credits == pytest.approx(simulator.counters.credits - before, rel=0.05)
