"""Reads without end: the way is picked by size, the answer holds a count, a sample and a summary, and not the rows."""

from __future__ import annotations

import pytest

from conftest import settings_for
from support.processes import until
from support.whole import COQL, FIELDS, READ, all_pages, ended, opened
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import InvalidInputError, UnavailableError
from zohocrm_mcp.models import Record
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

LIST = "GET /crm/v8/{module}"
LOOK = "GET /crm/bulk/v8/read/{job}"


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
        assert read.state in {"queued", "running"}  # as far as it has come in its time
        assert (read.count, read.sample, read.summary) == (60, [], {})
        await until(lambda: simulator.counters.routes[LOOK] > 0)
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
            patch.setattr("zohocrm_mcp.services.exports.ways.LIST_PAGE", 25)
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


def _id(record: Record) -> str:
    return str(record["id"])


def _number(value: object) -> float:
    return float(str(value))
