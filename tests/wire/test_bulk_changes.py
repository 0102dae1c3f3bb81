"""Bulk updates and upserts: exact outcomes for each record, whatever Zoho answers."""

from __future__ import annotations

import pytest

from support.bulk import hands, some_ids
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


async def test_each_record_gets_its_own_values_in_chunks_of_a_hundred(settings: Settings, simulator: Simulator) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 60)
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": n} for n, each in enumerate(ids)])
        assert (job.state, job.total, job.succeeded, job.failed) == ("succeeded", 60, 60, 0)
        assert await here.values(ids, "Health_Score") == list(range(60))
    assert simulator.counters.routes["PUT /crm/v8/{module}"] == 1


async def test_a_bad_value_and_a_missing_record_fail_alone_with_field_and_reason(settings: Settings) -> None:
    async with hands(settings) as here:
        good, bad = await some_ids(here.api, 2)
        job = await here.bulk.update(
            "Accounts",
            [
                {"id": good, "Health_Score": 7},
                {"id": bad, "Account_Status": "Nope"},
                {"id": "77", "Health_Score": 7},
            ],
        )
        assert (job.state, job.succeeded, job.failed, job.pending) == ("partly_failed", 1, 2, 0)
        assert {(each.record_id, each.code, each.field) for each in job.failures} == {
            (bad, "INVALID_DATA", "Account_Status"),
            ("77", "RECORD_NOT_FOUND", None),
        }


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([], "holds 0 records"),
        ([{"id": str(n), "Health_Score": 1} for n in range(1, 10_002)], "holds 10001 records"),
        ([{"Health_Score": 1}], "Record 1 has no id"),
        ([{"id": "5", "Health_Score": 1}, {"id": "5", "Health_Score": 2}], "stands twice"),
    ],
)
async def test_a_malformed_call_is_refused_whole(
    settings: Settings, simulator: Simulator, records: list[dict[str, object]], told: str
) -> None:
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError, match=told):
            await here.bulk.update("Accounts", records)  # type: ignore[arg-type]
        assert (await here.jobs.list()).jobs == []
    assert simulator.counters.routes["PUT /crm/v8/{module}"] == 0


async def test_what_zoho_refuses_is_told_per_record_and_the_others_go(settings: Settings) -> None:
    async with hands(settings) as here:
        first, second, third = await some_ids(here.api, 3)
        taken = (await here.values([first], "External_Id"))[0]
        job = await here.bulk.update(
            "Accounts", [{"id": second, "External_Id": str(taken)}, {"id": third, "Health_Score": 3}]
        )
        assert (job.state, job.succeeded) == ("partly_failed", 1)
        assert [(each.record_id, each.code, each.field) for each in job.failures] == [
            (second, "DUPLICATE_DATA", "External_Id")
        ]


async def test_a_dry_run_shows_the_differences_and_sends_no_write_until_it_is_run(
    settings: Settings, simulator: Simulator
) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 3)
        before = await here.values(ids, "Health_Score")
        planned = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 999} for each in ids], dry_run=True)
        assert (planned.state, planned.pending, planned.dry_run) == ("planned", 3, True)
        assert planned.changes is not None
        assert [each.changed["Health_Score"].before for each in planned.changes] == before
        assert simulator.counters.routes["PUT /crm/v8/{module}"] == 0
        done = await here.jobs.run(planned.job_id)
        assert (done.state, done.succeeded, done.dry_run) == ("succeeded", 3, False)
        assert await here.values(ids, "Health_Score") == [999, 999, 999]


async def test_an_upsert_changes_what_exists_and_creates_the_rest_and_a_repeat_makes_no_twins(
    settings: Settings,
) -> None:
    async with hands(settings) as here:
        (there,) = await some_ids(here.api, 1)
        name = str((await here.values([there], "Account_Name"))[0])
        rows: list[dict[str, object]] = [
            {"Account_Name": name, "Health_Score": 41},
            {"Account_Name": "O'Neil (Söhne) 株式会社", "Health_Score": 42},
        ]
        for _ in range(2):
            job = await here.bulk.upsert("Accounts", rows, ["Account Name"])  # type: ignore[arg-type]
            assert (job.state, job.succeeded) == ("succeeded", 2)
        assert await here.values([there], "Health_Score") == [41]
        count = await here.api.coql("select id from Accounts where Account_Name = 'O''Neil (Söhne) 株式会社' limit 10")
        assert len(count.data) == 1


async def test_two_rows_for_the_same_record_and_rows_without_a_key_fail_alone(settings: Settings) -> None:
    async with hands(settings) as here:
        job = await here.bulk.upsert(
            "Accounts",
            [{"Account_Name": "Twin"}, {"Account_Name": "TWIN "}, {"Account_Name": "Single", "Health_Score": 1}],
            ["Account_Name"],
        )
        assert (job.succeeded, job.failed) == (2, 1)
        assert [(each.row, each.code) for each in job.failures] == [(2, "DUPLICATE_DATA")]


async def test_an_upsert_without_fields_to_check_by_is_refused(settings: Settings) -> None:
    async with hands(settings) as here:
        with pytest.raises(InvalidInputError, match="duplicate_check_fields is empty"):
            await here.bulk.upsert("Accounts", [{"Account_Name": "X"}], [])


async def test_an_upsert_finds_records_by_values_with_backslashes_and_quotes(settings: Settings) -> None:
    async with hands(settings) as here:
        rows: list[dict[str, object]] = [{"Account_Name": name} for name in ("A\\B", "O'Neil", '"x" (1), 100%', "A B")]
        for _ in range(2):
            job = await here.bulk.upsert("Accounts", rows, ["Account_Name"])  # type: ignore[arg-type]
            assert (job.state, job.succeeded) == ("succeeded", 4)
        everything = (await here.api.coql("select Account_Name from Accounts where id is not null limit 200")).data
        names = [record["Account_Name"] for record in everything]
        assert [names.count(row["Account_Name"]) for row in rows] == [1, 1, 1, 1]  # type: ignore[arg-type]


async def test_an_upsert_leaves_records_alone_that_share_the_value_it_looks_for(settings: Settings) -> None:
    async with hands(settings) as here:
        for _ in range(2):
            await here.api.create("Accounts", [{"Account_Name": "Twice Ltd"}])
        rows: list[Record] = [{"Account_Name": "twice ltd", "Health_Score": 7}, {"Account_Name": "Once Ltd"}]
        job = await here.bulk.upsert("Accounts", rows, ["Account_Name"])
        (failure,) = job.failures
        assert (job.succeeded, failure.row, failure.code) == (1, 1, "DUPLICATE_DATA")
        assert "2 records are found" in failure.message
        names = (await here.api.coql("select id from Accounts where Account_Name = 'Twice Ltd' limit 9")).data
        assert 7 not in await here.values([str(one["id"]) for one in names], "Health_Score")
