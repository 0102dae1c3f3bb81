"""Reads without end: the way is picked by size, the answer holds a count, a sample and a summary, and not the rows."""

from __future__ import annotations

import signal
from io import BytesIO
from pathlib import Path

import anyio
import pytest

from conftest import settings_for
from support.whole import COQL, FIELDS, READ, RESULT, all_pages, ended, opened, process, sql, tiny_disk, zipped
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import InvalidInputError, NotAllowedError, UnavailableError, ZohoConfigError, ZohoDatabaseError
from zohocrm_mcp.models import Record
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

LIST = "GET /crm/v8/{module}"
FULL_DISK = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
               CREATE TRIGGER full_disk BEFORE INSERT ON export_pages EXECUTE FUNCTION full_disk()"""


async def test_a_few_pages_come_by_coql(settings: Settings, simulator: Simulator) -> None:
    async with opened(settings, few=60) as crm:
        read = await crm.exports.read("Accounts", fields=FIELDS)
        assert (read.count, read.state, len(read.sample)) == (60, "succeeded", 5)
        assert len(await all_pages(crm, read.export_uri)) == 60
    assert simulator.counters.routes[READ] == 0


async def test_a_large_read_is_one_job_of_zoho_and_brings_the_same_records(
    settings: Settings, simulator: Simulator
) -> None:
    async with opened(settings, few=60) as crm:
        by_coql = await all_pages(crm, (await crm.exports.read("Accounts", fields=FIELDS)).export_uri)
    async with opened(settings) as crm:
        by_job = await all_pages(crm, (await crm.exports.read("Accounts", fields=FIELDS)).export_uri)
    assert simulator.counters.routes[READ] == 1
    assert sorted(by_job, key=_id) == sorted(by_coql, key=_id)


async def test_a_condition_in_zohos_syntax_selects_the_same_records_both_ways(
    settings: Settings, simulator: Simulator
) -> None:
    wanted = ["Account_Name", "Industry", "Annual_Revenue", "Owner"]
    found = []
    for few in (60, 5):
        async with opened(settings, few=few) as crm:
            read = await crm.exports.read("Accounts", criteria="Account_Status:equals:Active", fields=wanted)
            found.append(sorted(await all_pages(crm, read.export_uri), key=_id))
            assert read.count == len(found[-1])
            assert set(read.summary) == set(wanted)
    assert simulator.counters.routes[READ] == 1
    assert found[0] == found[1] != []


@pytest.mark.parametrize(
    "filters",
    [
        [{"field": "Industry", "op": "not_equal", "value": "Technology"}],
        [{"field": "Industry", "op": "in", "value": ["Technology", "Retail"]}],
        [{"field": "Annual_Revenue", "op": "between", "value": [1, 20_000_000]}],
        [{"field": "Parent_Account", "op": "is_empty"}],
        [{"field": "Account_Name", "op": "starts_with", "value": "B"}],
        [{"field": "Created_Time", "op": "greater_than", "value": "2021-01-01"}],
    ],
)
async def test_filters_mean_the_same_in_a_bulk_read_as_in_coql(
    settings: Settings, simulator: Simulator, filters: list[Record]
) -> None:
    ids = []
    for few in (60, 0):
        async with opened(settings, few=few) as crm:
            read = await crm.exports.read("Accounts", filters=filters, fields=["Account_Name"])
            ids.append({record["id"] for record in await all_pages(crm, read.export_uri)})
    assert simulator.counters.routes[READ] == 1
    assert ids[0] == ids[1] != set()


async def test_more_pages_than_one_are_read_to_the_end_without_loss_or_repeats(
    settings: Settings, simulator: Simulator
) -> None:
    simulator.settings.bulk_read_rows = 7
    async with opened(settings) as crm:
        read = await crm.exports.read("Accounts", fields=["Account_Name"])
        ids = [record["id"] for record in await all_pages(crm, read.export_uri)]
    assert simulator.counters.routes[READ] == 9
    assert len(ids) == len(set(ids)) == read.count == 60


async def test_a_limit_ends_a_read_of_either_kind(settings: Settings) -> None:
    async with opened(settings) as crm:
        assert (await crm.exports.read("Accounts", limit=7)).count == 7
        assert (await crm.exports.read("Accounts", limit=23)).count == 23


async def test_the_summary_counts_values_empties_and_ranges(settings: Settings) -> None:
    async with opened(settings) as crm:
        read = await crm.exports.read("Accounts", fields=FIELDS)
        records = await all_pages(crm, read.export_uri)
    revenues = [record["Annual_Revenue"] for record in records if "Annual_Revenue" in record]
    industry, revenue = read.summary["Industry"], read.summary["Annual_Revenue"]
    assert (revenue.least, revenue.greatest, revenue.empty) == (
        min(revenues, key=_number),
        max(revenues, key=_number),
        60 - len(revenues),
    )
    assert industry.distinct == len({record["Industry"] for record in records if "Industry" in record})
    assert max(industry.most_frequent.values()) == next(iter(industry.most_frequent.values()))


async def test_a_read_is_a_job_like_any_other(settings: Settings) -> None:
    async with opened(settings) as crm:
        read = await crm.exports.read("Accounts")
        job = await crm.jobs.get(read.job_id)
        assert (job.kind, job.state, job.total, job.succeeded, job.undo_available) == (
            "read",
            "succeeded",
            60,
            60,
            False,
        )
        assert [one.job_id for one in (await crm.jobs.list()).jobs] == [read.job_id]


async def test_progress_is_told_while_it_runs(settings: Settings, simulator: Simulator) -> None:
    simulator.settings.bulk_read_rows = 20
    told: list[tuple[int, int]] = []

    async def progress(done: int, total: int) -> None:
        told.append((done, total))

    async with opened(settings) as crm:
        await crm.exports.read("Accounts", progress=progress)
    assert told == sorted(told)
    assert (told[-1], len({done for done, _ in told}) > 1) == ((60, 60), True)


async def test_a_long_read_answers_running_and_goes_on(
    simulator: Simulator, database_url: str, settings: Settings
) -> None:
    simulator.settings.bulk_job_seconds = 3600
    short = settings_for(simulator, database_url, settings.data_dir, call_seconds=0.2)
    async with opened(short) as crm:
        read = await crm.exports.read("Accounts")
        assert (read.state, read.count, read.sample, read.summary) == ("running", 60, [], {})
        with pytest.raises(UnavailableError, match="not read yet"):
            await crm.exports.page(read.export_uri.removeprefix("crm://exports/"))
        simulator.clock.advance(3600)
        assert (await ended(crm, read.job_id)).state == "succeeded"
        assert len(await all_pages(crm, read.export_uri)) == 60


async def test_a_cancelled_read_stops_and_leaves_no_half_export(
    simulator: Simulator, database_url: str, settings: Settings
) -> None:
    simulator.settings.bulk_job_seconds = 3600
    short = settings_for(simulator, database_url, settings.data_dir, call_seconds=0.2)
    async with opened(short) as crm:
        read = await crm.exports.read("Accounts")
        await crm.jobs.cancel(read.job_id)
        assert (await ended(crm, read.job_id)).state == "cancelled"
        with pytest.raises(Exception, match="incomplete"):
            await crm.exports.page(read.export_uri.removeprefix("crm://exports/"))


async def test_without_the_scope_for_coql_the_list_is_read(settings: Settings, simulator: Simulator) -> None:
    refused = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "Unauthorized", "status": "error"}
    simulator.faults.add(COQL, count=None, status=401, body=refused)
    async with opened(settings, few=100) as crm:
        read = await crm.exports.read("Accounts", fields=["Account_Name"])
        assert len({record["id"] for record in await all_pages(crm, read.export_uri)}) == 60
    assert simulator.counters.routes[LIST] == 1


async def test_a_page_token_past_its_end_is_told_and_nothing_half_is_kept(
    settings: Settings, simulator: Simulator
) -> None:
    scope = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "Unauthorized", "status": "error"}
    end = {
        "code": "PAGINATION_LIMIT_EXCEEDED",
        "details": {"param_name": "page_token"},
        "message": "You can only get upto 100000 records using page_token param",
        "status": "error",
    }
    simulator.faults.add(COQL, count=None, status=401, body=scope)
    simulator.faults.add(LIST, count=None, skip=1, status=400, body=end)
    async with opened(settings, few=1000) as crm:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("zohocrm_mcp.services.whole.ways.LIST_PAGE", 25)
            with pytest.raises(InvalidInputError, match="100000 records"):
                await crm.exports.read("Accounts", fields=["Account_Name"])
        (job,) = (await crm.jobs.list()).jobs
        assert (job.state, "100000" in str(job.trouble)) == ("failed", True)


async def test_criteria_that_bulk_read_does_not_take_are_walked_by_coql(
    settings: Settings, simulator: Simulator
) -> None:
    refused = {"code": "CRITERIA_LIMIT_EXCEEDED", "details": {}, "message": "criteria", "status": "error"}
    simulator.faults.add(READ, count=None, status=400, body=refused)
    async with opened(settings) as crm:
        assert (await crm.exports.read("Accounts", fields=["Account_Name"])).count == 60


async def test_a_condition_that_coql_does_not_take_is_asked_of_the_search(
    settings: Settings, simulator: Simulator
) -> None:
    async with opened(settings) as crm:
        found = await crm.exports.read(
            "Accounts", criteria="Account_Name:equals:Evergreen Holdings AG", fields=["Industry"]
        )
        refused = {"code": "INVALID_QUERY", "details": {}, "message": "unsupported column", "status": "error"}
        simulator.faults.add(COQL, count=None, status=400, body=refused)
        again = await crm.exports.read(
            "Accounts", criteria="Account_Name:equals:Evergreen Holdings AG", fields=["Industry"]
        )
        pages = [await all_pages(crm, one.export_uri) for one in (found, again)]
    assert pages[0] == pages[1] != []
    assert simulator.counters.routes["GET /crm/v8/{module}/search"] == 1


async def test_when_lookups_are_too_many_joins_they_come_as_ids(settings: Settings, simulator: Simulator) -> None:
    refused = {"code": "JOIN_LIMIT_EXCEEDED", "details": {}, "message": "joins", "status": "error"}
    simulator.faults.add(READ, status=400, body=refused)
    async with opened(settings) as crm:
        read = await crm.exports.read("Accounts", fields=["Parent_Account"])
        parents = [record["Parent_Account"] for record in await all_pages(crm, read.export_uri) if len(record) > 1]
    assert parents
    assert all(set(parent) == {"id"} for parent in parents if isinstance(parent, dict))


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
    monkeypatch.setattr("zohocrm_mcp.services.whole.ways.MOST_RECORDS", 9)
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


def _id(record: Record) -> str:
    return str(record["id"])


def _number(value: object) -> float:
    return float(str(value))


def test_a_read_whose_process_is_killed_is_taken_up_and_ends_whole(settings: Settings, simulator: Simulator) -> None:
    reached = simulator.faults.add(COQL, "hang", count=None, skip=1)
    with process(settings, "call", "bulk_read_accounts", "{}") as running:
        while not reached.hits:
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
