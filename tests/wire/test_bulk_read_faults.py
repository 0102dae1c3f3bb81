"""What goes wrong in a large read is told or gone round, and nothing half is kept."""

from __future__ import annotations

import signal
from io import BytesIO
from pathlib import Path

import anyio
import pytest

from conftest import settings_for
from support.whole import COQL, READ, RESULT, all_pages, ended, opened, process, sql, tiny_disk, zipped
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import InvalidInputError, NotAllowedError, UnavailableError, ZohoConfigError, ZohoDatabaseError
from zohocrm_mcp.models import Record
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


LIST = "GET /crm/v8/{module}"
FULL_DISK = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
               CREATE TRIGGER full_disk BEFORE INSERT ON export_pages EXECUTE FUNCTION full_disk()"""


async def test_a_truncated_zip_is_fetched_again(settings: Settings, simulator: Simulator) -> None:
    simulator.faults.add(RESULT, "truncated", count=2)
    async with opened(settings) as crm:
        assert (await crm.exports.read("Accounts")).count == 60
    assert simulator.counters.routes[RESULT] == 3


async def test_a_zip_that_stays_truncated_is_told_and_nothing_half_is_kept(
    settings: Settings, simulator: Simulator
) -> None:
    simulator.faults.add(RESULT, "truncated", count=None)
    async with opened(settings) as crm:
        with pytest.raises(UnavailableError, match="damaged or incomplete"):
            await crm.exports.read("Accounts")
        (job,) = (await crm.jobs.list()).jobs
        assert job.state == "failed"


async def test_a_result_with_too_few_rows_is_not_taken_for_whole(settings: Settings, simulator: Simulator) -> None:
    whole = zipped(["Id", "Account_Name"], ["1", "One"]).decode("latin-1").encode("latin-1")
    fault = simulator.faults.add(RESULT, count=None, status=200)
    fault.body = whole
    async with opened(settings) as crm:
        with pytest.raises(UnavailableError, match="another number of records"):
            await crm.exports.read("Accounts", fields=["Account_Name"])


async def test_a_failed_job_is_told_in_zohos_words(settings: Settings, simulator: Simulator) -> None:
    failed = {"data": [{"id": "1", "state": "FAILURE", "result": {"error_message": "internal failure"}}]}
    simulator.faults.add("GET /crm/bulk/v8/read/{job}", count=None, status=200, body=failed)
    async with opened(settings) as crm:
        with pytest.raises(UnavailableError, match="failed: internal failure"):
            await crm.exports.read("Accounts")


async def test_a_throttled_download_waits_and_goes_on(settings: Settings, simulator: Simulator) -> None:
    simulator.faults.add(RESULT, count=3, status=429)
    async with opened(settings) as crm:
        assert (await crm.exports.read("Accounts")).count == 60


async def test_a_token_that_ends_before_the_download_is_replaced(settings: Settings, simulator: Simulator) -> None:
    simulator.faults.add(RESULT, "token_revoked")
    async with opened(settings) as crm:
        assert (await crm.exports.read("Accounts")).count == 60
    assert simulator.counters.token_calls == 2


async def test_without_the_scope_for_bulk_reads_coql_walks_to_the_end(settings: Settings, simulator: Simulator) -> None:
    refused = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "Unauthorized", "status": "error"}
    simulator.faults.add(READ, count=None, status=401, body=refused)
    async with opened(settings) as crm:
        assert (await crm.exports.read("Accounts")).count == 60


async def test_what_nobody_may_read_is_refused(settings: Settings, simulator: Simulator) -> None:
    refused = {"code": "NO_PERMISSION", "details": {}, "message": "Permission denied", "status": "error"}
    for route in (READ, COQL, LIST, "GET /crm/v8/{module}/actions/count"):
        simulator.faults.add(route, count=None, status=403, body=refused)
    async with opened(settings) as crm:
        with pytest.raises(NotAllowedError):
            await crm.exports.read("Accounts")


async def test_denied_fields_are_in_no_export(simulator: Simulator, database_url: str, settings: Settings) -> None:
    careful = settings_for(simulator, database_url, settings.data_dir, fields_deny=("Accounts.Annual_Revenue",))
    async with opened(careful) as crm:
        read = await crm.exports.read("Accounts")
        assert "Annual_Revenue" not in {name for record in await all_pages(crm, read.export_uri) for name in record}
        with pytest.raises(InvalidInputError, match="Annual_Revenue"):
            await crm.exports.read("Accounts", fields=["Annual_Revenue"])
        with pytest.raises(InvalidInputError, match="Annual_Revenue"):
            await crm.exports.read("Accounts", criteria="Annual_Revenue:greater_than:1")


async def test_a_full_disk_is_told_and_the_export_does_not_look_whole(settings: Settings) -> None:
    with sql(settings) as db:
        db.execute(FULL_DISK)
    async with opened(settings, few=1000) as crm:
        with pytest.raises(ZohoDatabaseError, match="no room left for the export"):
            await crm.exports.read("Accounts")
        (job,) = (await crm.jobs.list()).jobs
        assert (job.state, "no room left" in str(job.trouble)) == ("failed", True)
    with sql(settings) as db:
        assert db.execute("SELECT state FROM exports").fetchall() == [("failed",)]


async def test_a_download_that_has_no_room_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(settings) as crm:
        fields = await crm.exports._reader.table_fields("Accounts")
        with tiny_disk(tmp_path) as disk:
            monkeypatch.setattr("tempfile.tempdir", str(disk))
            with pytest.raises(ZohoConfigError, match="no room left for temporary files"):
                await crm.exports.read("Accounts", fields=fields)
        (job,) = (await crm.jobs.list()).jobs
        assert job.state == "failed"


@pytest.mark.parametrize("few", [100, 10])
async def test_a_database_that_restarts_in_the_middle_loses_and_doubles_nothing(
    settings: Settings, simulator: Simulator, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zohocrm_mcp.services.exports.ways.MOST_RECORDS", 9)
    simulator.settings.bulk_read_rows = 9

    async def restart(_done: int, _total: int) -> None:
        with sql(settings) as db:
            db.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )

    async with opened(settings, few=few) as crm:
        read = await crm.exports.read("Accounts", fields=["Account_Name"], progress=restart)
        await ended(crm, read.job_id)
        ids = [record["id"] for record in await all_pages(crm, read.export_uri)]
        assert len(ids) == len(set(ids)) == 60


async def test_a_file_on_another_host_is_not_fetched(settings: Settings) -> None:
    async with opened(settings) as crm:
        files = crm.exports._reader._ways._bulk._bulk._files
        with pytest.raises(NotAllowedError, match="none of this connection's hosts"):
            await files.download_zip("https://files.example.com/x.zip", BytesIO())


def test_a_read_whose_process_is_killed_is_taken_up_and_ends_whole(settings: Settings, simulator: Simulator) -> None:
    reached = simulator.faults.add(COQL, "hang", count=None, skip=1)
    with process(settings, "call", "bulk_read_accounts", "{}") as running:
        assert until(lambda: reached.hits or running.poll() is not None, 60)
        assert running.poll() is None
        running.send_signal(signal.SIGKILL)
    simulator.faults.clear()

    async def rest() -> None:
        async with opened(settings) as crm:
            (job,) = (await crm.jobs.list()).jobs
            assert (await ended(crm, job.job_id)).succeeded == 60
            with sql(settings) as db:
                row = db.execute("SELECT export_id::text, state FROM exports").fetchone()
            assert row
            assert row[1] == "complete"
            assert len(await all_pages(crm, f"crm://exports/{row[0]}")) == 60

    anyio.run(rest)


def _id(record: Record) -> str:
    return str(record["id"])


def _number(value: object) -> float:
    return float(str(value))
