"""Every call of a tool that writes leaves one row in the audit log, and every job one more when it ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import psycopg
import pytest
from mcp import Client, MCPError
from structlog.testing import capture_logs

from support.clients import ERAS, EVERY_TOOLSET, Era, Person, call, client, first_account
from support.processes import until
from support.whole import command
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.observe.audit import Audit, Entry, Wanted
from zohocrm_mcp.observe.who import process_owner
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
UPDATE_ONE = "PUT /crm/v8/{module}/{id}"
SECRET = "+49 4711 0815"


def rows(settings: Settings, **wanted: Any) -> list[Entry]:
    """The rows of calls and jobs; those of sign-ins are left out."""
    database = database_of(settings)
    try:
        return [entry for entry in Audit(database).read(Wanted(**wanted)) if not entry.event.startswith("auth.")]
    finally:
        database.close()


@asynccontextmanager
async def at_an_account(
    settings: Settings, era: Era = "auto", person: Person | None = None
) -> AsyncIterator[tuple[Client, str]]:
    async with client(settings, era, person) as connected:
        yield connected, await first_account(connected)


@pytest.mark.parametrize("era", ERAS)
async def test_a_change_leaves_who_what_which_fields_and_the_call(settings: Settings, era: Era) -> None:
    async with at_an_account(settings, era) as (connected, account):
        await call(connected, "update_account", account_id=account, values={"account phone": SECRET, "Phone": SECRET})
        await call(connected, "update_account", account_id=account, values={"Phone": SECRET, "Health Score": 7})
    refused, changed = rows(settings)
    assert (refused.event, refused.outcome, refused.record_ids) == ("update_account", "invalid_input", [account])
    assert (changed.event, changed.outcome, changed.connection) == ("update_account", "ok", "default")
    assert (changed.record_ids, changed.fields) == ([account], ["Phone", "Health_Score"])
    assert changed.who.startswith(f"{process_owner()} via ")
    assert len(changed.call_id) == 12
    assert changed.call_id != refused.call_id
    assert SECRET not in repr([refused, changed])


async def test_reading_leaves_nothing(settings: Settings) -> None:
    async with at_an_account(settings) as (connected, account):
        await call(connected, "get_account", account_id=account)
        await call(connected, "search_accounts", word="a")
    assert rows(settings) == []


async def test_what_is_no_call_at_all_leaves_a_row_too(settings: Settings) -> None:
    async with client(settings, "auto") as connected:
        await call(connected, "update_account", account_id="1; DROP TABLE", values="[1", wrong=True)
        await call(connected, "bulk_update_accounts", records='[{"id": 12, "Phone": "1"}, 3]', surplus=1)
    first, second = rows(settings)
    assert (first.outcome, first.record_ids, first.fields) == ("invalid_input", [], [])
    assert (second.outcome, second.record_ids, second.fields) == ("invalid_input", ["12"], ["Phone"])


async def test_a_write_without_an_answer_says_that_a_change_was_sent(settings: Settings, simulator: Simulator) -> None:
    async with at_an_account(settings) as (connected, account):
        await call(connected, "update_account", account_id=account, values={"Phone": "1"})
        simulator.faults.add(UPDATE_ONE, "reset_after")
        simulator.faults.add("GET /crm/v8/{module}/{id}", "status", status=500, skip=1, count=None)
        await call(connected, "update_account", account_id=account, values={"Phone": "2"})
    _, cut = rows(settings)
    assert cut.outcome in {"unknown_outcome", "unavailable"}
    assert cut.detail == "a change was sent"


@pytest.mark.parametrize("era", ERAS)
async def test_a_cancelled_call_leaves_its_row(settings: Settings, simulator: Simulator, era: Era) -> None:
    async with at_an_account(settings, era) as (connected, account):
        before = simulator.counters.routes[UPDATE_ONE]
        simulator.faults.add(UPDATE_ONE, "delay", seconds=60)
        async with anyio.create_task_group() as group:
            group.start_soon(connected.call_tool, "update_account", {"account_id": account, "values": {"Phone": "3"}})
            await until(lambda: simulator.counters.routes[UPDATE_ONE] > before)
            group.cancel_scope.cancel()
        await anyio.wait_all_tasks_blocked()  # the server has heard of it, and waits for the write
        simulator.faults.clear()
        with anyio.fail_after(60):
            while not (found := rows(settings)):  # noqa: ASYNC110 -- the row comes when the write has been waited for
                await anyio.sleep(0.05)
    (row,) = found
    assert (row.outcome, row.record_ids, row.fields) == ("cancelled", [account], ["Phone"])


@pytest.mark.parametrize("era", ERAS)
async def test_a_preview_is_no_deletion_and_a_refusal_is_none_either(settings: Settings, era: Era) -> None:
    async with at_an_account(settings, era) as (connected, account):
        shown = await call(connected, "delete_account", account_id=account)
        await call(connected, "delete_account", account_id=account, confirm_token=shown["confirm_token"])
    assert [(row.event, row.outcome) for row in rows(settings)] == [
        ("delete_account", "asked"),
        ("delete_account", "ok"),
    ]
    async with at_an_account(settings, era, Person("decline")) as (connected, account):
        await call(connected, "delete_account", account_id=account)
    assert [row.outcome for row in rows(settings, record_id=account)][-1] == "not_allowed"


@pytest.mark.parametrize("era", ERAS)
async def test_what_a_server_that_only_reads_refuses_is_written_down(settings: Settings, era: Era) -> None:
    reading = settings.model_copy(update={"read_only": True})
    async with client(reading, era) as connected:
        with pytest.raises(MCPError, match="not served here"):
            await connected.call_tool("update_account", {"account_id": "4711", "values": {"Phone": SECRET}})
    (row,) = rows(settings)
    assert (row.event, row.outcome) == ("update_account", "not_allowed")
    assert (row.record_ids, row.fields) == (["4711"], ["Phone"])


async def test_a_plain_request_leaves_method_path_ids_and_fields(settings: Settings) -> None:
    every = Settings.model_validate({**settings.model_dump(), "toolsets": EVERY_TOOLSET, "confirm": "never"})
    async with at_an_account(every) as (connected, account):
        path, body = f"/crm/v8/Accounts/{account}", {"data": [{"Phone": SECRET}]}
        await call(connected, "zoho_request", method="PUT", path=path, body=body)
    (row,) = rows(settings)
    assert (row.event, row.outcome, row.detail) == ("zoho_request", "ok", f"PUT {path}")
    assert (row.record_ids, row.fields) == ([account], ["Phone"])
    assert SECRET not in repr(row)


async def test_a_job_leaves_the_row_of_its_call_and_one_of_its_end(settings: Settings) -> None:
    async with client(settings, "auto") as connected:
        found = (await call(connected, "get_accounts", limit=2))["records"]
        good, bad = (str(record["id"]) for record in found)
        records = [{"id": good, "Phone": SECRET}, {"id": bad, "Industry": SECRET}]
        job = await call(connected, "bulk_update_accounts", records=records)
        assert (job["succeeded"], job["failed"]) == (1, 1)
    ended, asked = sorted(rows(settings), key=lambda row: row.event != "job.ended")
    assert (asked.event, asked.outcome, asked.record_ids) == ("bulk_update_accounts", "ok", [good, bad])
    assert (ended.event, ended.outcome, ended.record_ids) == ("job.ended", "partly_failed", [good])
    assert ended.fields == ["Phone"]
    assert ended.job_id == asked.job_id == job["job_id"]
    assert ended.detail == "update of Accounts: 1 of 2 done, 1 failed, 0 skipped"
    assert ended.who == asked.who
    assert SECRET not in repr([asked, ended])


async def test_a_plan_ends_nothing_and_its_run_does_so_once(settings: Settings) -> None:
    async with at_an_account(settings) as (connected, account):
        plan = await call(connected, "bulk_update_accounts", records=[{"id": account, "Phone": "5"}], dry_run=True)
        await call(connected, "run_job", job_id=plan["job_id"])
        await call(connected, "bulk_read_accounts")
    found = rows(settings, job_id=plan["job_id"])
    assert sorted(row.event for row in found) == ["bulk_update_accounts", "job.ended", "run_job"]
    assert found[0].detail == "dry run, job planned, 1 records"
    assert {row.event for row in rows(settings)} == {"bulk_update_accounts", "job.ended", "run_job"}


async def test_what_a_denied_field_was_to_hold_does_not_stand_in_the_log(settings: Settings) -> None:
    denying = settings.model_copy(update={"fields_deny": ("Accounts.Phone",)})
    async with at_an_account(denying) as (connected, account):
        await call(connected, "update_account", account_id=account, values={"Phone": SECRET})
    (row,) = rows(settings)
    assert (row.outcome, row.fields) == ("invalid_input", ["Phone"])
    assert SECRET not in repr(row)


async def test_without_the_log_the_answer_still_tells_the_truth_and_the_row_goes_to_the_process_log(
    settings: Settings, simulator: Simulator
) -> None:
    async with at_an_account(settings) as (connected, account):
        with psycopg.connect(settings.database_url.get_secret_value()) as db:
            db.execute("ALTER TABLE audit_log RENAME TO audit_log_gone")
        with capture_logs() as logs:
            changed = await call(connected, "update_account", account_id=account, values={"Phone": SECRET})
    assert changed["changed"]["Phone"]["after"] == SECRET
    assert simulator.counters.routes[UPDATE_ONE] == 1
    (told,) = [entry for entry in logs if entry["event"] == "audit row not written"]
    assert told["log_level"] == "error"
    assert (told["row"]["event"], told["row"]["record_ids"], told["row"]["outcome"]) == (
        "update_account",
        [account],
        "ok",
    )
    assert SECRET not in repr(told)


async def test_the_command_finds_a_record_a_caller_and_a_tool(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with at_an_account(settings) as (connected, account):
        await call(connected, "update_account", account_id=account, values={"Phone": "1"})
        await call(connected, "create_account", values={"Account_Name": "Fresh Ltd"})

    def shown(*options: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert command(settings, "audit", "--json", *options) == 0
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return found

    (row,) = await anyio.to_thread.run_sync(lambda: shown("--record", account, "--since", "1h"))
    assert row["event"] == "update_account"
    assert {"at", "who", "connection", "record_ids", "fields", "outcome", "call_id", "job_id"} <= row.keys()
    (made,) = await anyio.to_thread.run_sync(lambda: shown("--tool", "create_account", "--who", process_owner()))
    assert made["record_ids"]
    assert await anyio.to_thread.run_sync(lambda: shown("--who", "nobody")) == []
