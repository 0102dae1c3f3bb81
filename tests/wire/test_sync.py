"""`zohocrm-mcp sync`: a table that holds what Zoho holds, after every run and whatever interrupts it."""

from __future__ import annotations

import signal
from typing import Any

import anyio
import pytest

from conftest import settings_for
from support.whole import COQL, READ, command, ended, opened, process, sql
from zohocrm_mcp.cli.sync import duration
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Job, Record
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.exports.wanted import bare
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

DELETED = "GET /crm/v8/{module}/deleted"


def mirrored(settings: Settings) -> dict[str, Record]:
    with sql(settings) as db:
        rows: list[Any] = db.execute("SELECT record_id, data FROM mirror_records WHERE module = 'Accounts'").fetchall()
    return dict(rows)


async def there(crm: Services) -> dict[str, Record]:
    """What Zoho holds, lookups to records as their ids."""
    fields = await crm.exports._reader.table_fields("Accounts")
    records = [record async for record in crm.search.iterate("Accounts", fields=fields)]
    bare(records, await crm.schema.fields("Accounts"))
    return {str(record["id"]): record for record in records}


async def synced(crm: Services, *, full: bool = False) -> Job:
    job = await crm.mirror.sync("Accounts", full=full)
    assert job.state == "succeeded", job.trouble
    return job


async def test_the_first_sync_reads_everything_and_is_a_job(settings: Settings, simulator: Simulator) -> None:
    async with opened(settings) as crm:
        job = await synced(crm)
        assert ((await crm.jobs.get(job.job_id)).kind, job.undo_available) == ("sync", False)
        assert mirrored(settings) == await there(crm)
    assert simulator.counters.routes[READ] == 1


@pytest.mark.parametrize("few", [100, 10])
async def test_changes_creations_and_deletions_arrive_with_the_next_sync(
    settings: Settings, simulator: Simulator, few: int
) -> None:
    async with opened(settings, few=few) as crm:
        await synced(crm)
        simulator.clock.advance(600)
        changed, deleted, *_ = await there(crm)
        await crm.records.update("Accounts", changed, {"Account_Name": "Changed"})
        await crm.records.create("Accounts", {"Account_Name": "New"})
        await crm.records.delete("Accounts", deleted)
        before = simulator.counters.routes[READ]
        job = await synced(crm)
        assert (job.succeeded, simulator.counters.routes[READ] - before) == (3, 0)
        assert mirrored(settings) == await there(crm)
        assert mirrored(settings)[changed]["Account_Name"] == "Changed"
    with sql(settings) as db:
        row = db.execute("SELECT deleted_at IS NOT NULL, data FROM mirror WHERE record_id = %s", [deleted]).fetchone()
    assert row == (True, {})


async def test_a_sync_without_changes_costs_two_calls(settings: Settings, simulator: Simulator) -> None:
    async with opened(settings) as crm:
        await synced(crm)
        simulator.clock.advance(600)
        await synced(crm)
        routes = simulator.counters.routes
        coql, deleted = routes[COQL], routes[DELETED]
        await synced(crm)
        assert (routes[COQL] - coql, routes[DELETED] - deleted) == (1, 1)


async def test_more_changes_than_a_page_are_all_read(
    settings: Settings, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zohocrm_mcp.services.conditions.coql.MOST_RECORDS", 7)
    async with opened(settings) as crm:
        await synced(crm)
        simulator.clock.advance(600)
        records: list[Record] = [{"id": one, "Employees": 4711} for one in await there(crm)]
        assert (await crm.bulk.update("Accounts", records)).state == "succeeded"
        assert (await synced(crm)).succeeded == 60
        assert {record["Employees"] for record in mirrored(settings).values()} == {4711}


async def test_a_full_sync_removes_what_the_feed_has_never_told_of(settings: Settings) -> None:
    async with opened(settings) as crm:
        await synced(crm)
        with sql(settings) as db:
            db.execute(
                "INSERT INTO mirror (connection, module, record_id, data) VALUES ('default', 'Accounts', '7', '{}')"
            )
            db.execute("UPDATE mirror SET data = '{}' WHERE record_id IN (SELECT record_id FROM mirror LIMIT 5)")
        await synced(crm)
        assert "7" in mirrored(settings)
        await synced(crm, full=True)
        assert mirrored(settings) == await there(crm)


async def test_a_record_that_is_back_is_not_deleted_again(settings: Settings, simulator: Simulator) -> None:
    async with opened(settings) as crm:
        await synced(crm)
        one = next(iter(mirrored(settings)))
        gone = {"id": one, "deleted_time": "2001-01-01T00:00:00+00:00", "type": "recycle"}
        simulator.faults.add(DELETED, status=200, body={"data": [gone], "info": {"more_records": False}})
        await synced(crm)
        assert one in mirrored(settings)


async def test_a_sync_that_fails_in_the_middle_goes_on_from_its_checkpoint(
    settings: Settings, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(settings) as crm:
        await synced(crm)
        simulator.clock.advance(600)
        ids = list(await there(crm))
        for number, one in enumerate(ids[:3]):
            await crm.records.update("Accounts", one, {"Employees": 1000 + number})
            simulator.clock.advance(600)
        monkeypatch.setattr("zohocrm_mcp.services.conditions.coql.MOST_RECORDS", 2)
        simulator.faults.add(COQL, count=4, skip=1, status=503)
        assert (await crm.mirror.sync("Accounts")).state == "failed"
        monkeypatch.undo()
        with sql(settings) as db:
            before = db.execute("SELECT changed_until FROM mirror_modules").fetchone()
        await synced(crm)
        assert mirrored(settings) == await there(crm)
        with sql(settings) as db:
            after = db.execute("SELECT changed_until FROM mirror_modules").fetchone()
    assert before
    assert after
    assert str(before[0]) < str(after[0])


def test_a_first_sync_that_is_killed_begins_again_and_ends_whole(settings: Settings, simulator: Simulator) -> None:
    reached = simulator.faults.add(COQL, "hang", count=None, skip=2)
    with process(settings, "sync", "Accounts") as running:
        assert until(lambda: reached.hits or running.poll() is not None, 60)
        assert running.poll() is None
        running.send_signal(signal.SIGKILL)
    simulator.faults.clear()

    async def rest() -> None:
        async with opened(settings) as crm:
            (job,) = (await crm.jobs.list()).jobs
            assert (await ended(crm, job.job_id)).state == "succeeded"
            assert mirrored(settings) == await there(crm)

    anyio.run(rest)


async def test_a_text_that_looks_like_an_escape_of_json_is_mirrored_as_it_is(settings: Settings) -> None:
    async with opened(settings) as crm:
        one, *_ = await there(crm)
        await crm.records.update("Accounts", one, {"Description": "C:\\u0000 \\\\u0000"})
        await synced(crm)
        assert mirrored(settings)[one]["Description"] == "C:\\u0000 \\\\u0000"


async def test_a_character_that_postgresql_has_not_is_left_out(settings: Settings, simulator: Simulator) -> None:
    async with opened(settings) as crm:
        one = next(iter(simulator.state.tables["Accounts"].ids()))
        simulator.put("Accounts", str(one), Description="a\0\\\0b")
        await synced(crm)
        assert mirrored(settings)[str(one)]["Description"] == "a\\b"


async def test_a_sync_that_meets_a_fault_of_ours_ends_and_can_be_resumed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> int:
        raise LookupError

    async with opened(settings) as crm:
        monkeypatch.setattr(crm.mirror._store, "put", broken)
        job = await crm.mirror.sync("Accounts")
        assert (job.state, "a fault inside the server" in str(job.trouble)) == ("failed", True)
        monkeypatch.undo()
        assert (await crm.jobs.resume(job.job_id)).state == "succeeded"
        assert mirrored(settings) == await there(crm)


async def test_denied_fields_leave_the_mirror_with_the_next_sync(
    simulator: Simulator, database_url: str, settings: Settings
) -> None:
    async with opened(settings) as crm:
        await synced(crm)
    careful = settings_for(simulator, database_url, settings.data_dir, fields_deny=("Accounts.Annual_Revenue",))
    async with opened(careful) as crm:
        await synced(crm)
    assert not any("Annual_Revenue" in record for record in mirrored(settings).values())


async def test_a_field_that_is_gone_fails_one_sync_and_not_the_next(settings: Settings, simulator: Simulator) -> None:
    async with opened(settings) as crm:
        await synced(crm)
        simulator.remove_field("Accounts", "Health_Score")
        assert (await crm.mirror.sync("Accounts")).state == "failed"
        assert (await crm.mirror.sync("Accounts")).state == "succeeded"
        assert not any("Health_Score" in record for record in mirrored(settings).values())


async def test_two_at_once_sync_a_module_once(settings: Settings) -> None:
    async with opened(settings) as crm:
        async with crm.mirror._store.held("Accounts") as mine:
            assert mine
            job = await crm.mirror.sync("Accounts")
            assert (job.state, "being synced already" in str(job.trouble)) == ("failed", True)
        await synced(crm)


async def test_a_full_disk_is_told_and_the_checkpoint_stays(settings: Settings) -> None:
    async with opened(settings) as crm:
        with sql(settings) as db:
            db.execute(
                """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                       RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
                   CREATE TRIGGER full_disk BEFORE INSERT ON mirror EXECUTE FUNCTION full_disk()"""
            )
        job = await crm.mirror.sync("Accounts")
        assert (job.state, "no room left for the mirror" in str(job.trouble)) == ("failed", True)
        with sql(settings) as db:
            assert db.execute("SELECT changed_until FROM mirror_modules").fetchone() == (None,)
            db.execute("DROP TRIGGER full_disk ON mirror")
        await synced(crm)
        assert mirrored(settings) == await there(crm)


def test_the_command_says_what_it_has_done(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(settings, "sync", "Accounts") == 0
    assert "Accounts is current: 60 records read" in capsys.readouterr().out
    assert command(settings, "sync", "Acounts") == 2
    assert "Did you mean Accounts" in capsys.readouterr().err
    assert len(mirrored(settings)) == 60


def test_a_schedule_runs_until_it_is_stopped(settings: Settings) -> None:
    with process(settings, "sync", "Accounts", "--every", "10s") as running:
        assert running.stderr
        said = next(line for line in running.stderr if "is current" in line)
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 130
    assert "60 records" in said
    assert command(settings, "sync", "Accounts", "--every", "off") == 0


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("15m", 900), ("2h", 7200), ("1d", 86_400)])
def test_durations(text: str, seconds: int) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5s", "15", "m", "1.5h", "-3m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        duration(text)
