"""Whoever wants something done without a person's yes, and how far that gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest
from mcp import Client, MCPError
from mcp.server.mcpserver import Context
from mcp.types import (
    ClientCapabilities,
    ElicitationCapability,
    ElicitResult,
    ErrorData,
    FormElicitationCapability,
    UrlElicitationCapability,
)

from support.clients import ERAS, EVERY_TOOLSET, Era, Person, call, client, first_account
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.parts import open_parts
from zohocrm_mcp.services.confirmations import Preview
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.toolkit.confirm import _can_ask

pytestmark = pytest.mark.anyio
WHERE = {"values": {"Health_Score": 5}, "criteria": "Industry:equals:Technology"}
WRITES = ("POST /crm/v8/{module}", "PUT /crm/v8/{module}", "DELETE /crm/v8/{module}", "DELETE /crm/v8/{module}/{id}")


class Slow(Person):
    """Somebody who thinks; meanwhile something happens."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__("accept")
        self._meanwhile = meanwhile

    async def __call__(self, context: Any, params: Any) -> ElicitResult | ErrorData:
        if not self.asked:
            await self._meanwhile()
        return await super().__call__(context, params)


def written(simulator: Simulator) -> int:
    return sum(simulator.counters.routes[route] for route in WRITES)


async def unconfirmed(connected: Client, tool: str, **arguments: Any) -> str:
    answer = await call(connected, tool, **arguments)
    assert set(answer) == {"preview", "confirm_token"}
    return str(answer["preview"])


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_says_it_can_ask_and_cannot_changes_nothing(
    settings: Settings, simulator: Simulator, era: Era
) -> None:
    person = Person("accept")
    person.answer = ErrorData(code=-32603, message="no window")
    async with client(settings, era, person) as connected:
        account = await first_account(connected)
        with pytest.raises(MCPError):
            await connected.call_tool("delete_account", {"account_id": account})
    assert len(person.asked) == 1
    assert written(simulator) == 0


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("content", [None, {}, {"confirm": "perhaps"}, {"sure": True}])
async def test_an_accepted_question_without_an_answer_is_a_no(
    settings: Settings, simulator: Simulator, era: Era, content: dict[str, Any] | None
) -> None:
    person = Person("accept")
    person.answer = ElicitResult(action="accept", content=content)
    async with client(settings, era, person) as connected:
        account = await first_account(connected)
        error = (await call(connected, "delete_account", account_id=account))["error"]
        assert error["kind"] == "not_allowed"
        assert "nothing was changed" in error["message"]
    assert written(simulator) == 0


@pytest.mark.parametrize("dry_run", [False, "false", "no", 0])
async def test_however_dry_run_is_switched_off_the_change_is_not_made(
    settings: Settings, simulator: Simulator, dry_run: object
) -> None:
    async with client(settings, "auto") as connected:
        assert "Set Health_Score = '5' in" in await unconfirmed(
            connected, "update_accounts_where", **WHERE, dry_run=dry_run
        )
    assert written(simulator) == 0


async def test_a_change_by_condition_in_the_background_is_confirmed_too(
    settings: Settings, simulator: Simulator
) -> None:
    async with client(settings, "auto") as connected:
        await unconfirmed(connected, "update_accounts_where", **WHERE, dry_run=False, background=True)
    assert written(simulator) == 0


async def test_a_plan_that_was_cancelled_is_not_resumed_without_a_yes(settings: Settings, simulator: Simulator) -> None:
    async with client(settings, "auto") as connected:
        plan = (await call(connected, "update_accounts_where", **WHERE))["job_id"]
        assert (await call(connected, "cancel_job", job_id=plan))["state"] == "cancelled"
        shown = await call(connected, "resume_job", job_id=plan)
        assert set(shown) == {"preview", "confirm_token"}
        assert written(simulator) == 0
        done = await call(connected, "resume_job", job_id=plan, confirm_token=shown["confirm_token"])
    assert done["state"] == "succeeded"


async def test_an_undo_that_deletes_is_confirmed_by_whatever_way_it_is_run(
    settings: Settings, simulator: Simulator
) -> None:
    async with client(settings, "auto") as connected:
        rows = [{"Account_Name": "Made by the job"}]
        made = await call(connected, "bulk_upsert_accounts", records=rows, duplicate_check_fields=["Account_Name"])
        before = written(simulator)
        plan = (await call(connected, "undo_job", job_id=made["job_id"], dry_run=True))["job_id"]
        assert "Delete 1 records" in await unconfirmed(connected, "run_job", job_id=plan)
        await call(connected, "cancel_job", job_id=plan)
        assert "Delete 1 records" in await unconfirmed(connected, "resume_job", job_id=plan)
    assert written(simulator) == before


async def test_an_undo_of_a_large_upsert_asks_before_it_deletes(settings: Settings) -> None:
    services, close = await open_parts(settings)
    services.bulk.few = 1
    try:
        rows: list[Record] = [{"Account_Name": f"Loaded {number}"} for number in range(3)]
        job = await services.bulk.upsert("Accounts", rows, ["Account_Name"])
        preview = await services.previews.undo(job.job_id)
    finally:
        await close()
    assert (job.kind, job.succeeded) == ("load", 3)
    assert preview is not None
    assert "Delete 3 records" in preview.text


@pytest.mark.parametrize("era", ERAS)
async def test_a_yes_counts_only_for_the_records_that_were_asked_about(
    settings: Settings, simulator: Simulator, era: Era
) -> None:
    """As many as before, but others: the number in the question is the same."""
    async with client(settings, "auto") as other:
        found = await call(other, "search_accounts", criteria=WHERE["criteria"], fields=["id"])
        left, rest = found["records"][0]["id"], {one["id"] for one in found["records"]}
        page = await call(other, "get_accounts", limit=200, fields=["id"])
        came = next(one["id"] for one in page["records"] if one["id"] not in rest)

        async def exchange() -> None:
            simulator.put("Accounts", left, Industry="Retail")
            simulator.put("Accounts", came, Industry="Technology")

        person = Slow(exchange)
        async with client(settings, era, person) as connected:
            result = await connected.call_tool("update_accounts_where", {**WHERE, "dry_run": False})
            answer = result.structured_content or {}
    if era == "legacy":  # the question is put in the middle of the call, and once
        assert answer["error"]["kind"] == "conflict"
        assert written(simulator) == 0
    else:  # the call comes again with the answer, and the question is another by then
        assert len(set(person.asked)) == 2
        assert answer["state"] == "succeeded"


async def test_a_token_used_twice_at_once_goes_through_once(settings: Settings) -> None:
    async with client(settings, "auto") as connected:
        given = {**WHERE, "dry_run": False}
        given["confirm_token"] = (await call(connected, "update_accounts_where", **given))["confirm_token"]
        answers: list[dict[str, Any]] = []

        async def use() -> None:
            answers.append(await call(connected, "update_accounts_where", **given))

        async with anyio.create_task_group() as group:
            group.start_soon(use)
            group.start_soon(use)
    assert sorted("error" in answer for answer in answers) == [False, True]


async def test_a_token_holds_over_a_restart_whatever_the_order_of_the_arguments(settings: Settings) -> None:
    given = {**WHERE, "dry_run": False}
    async with client(settings, "auto") as connected:
        token = (await call(connected, "update_accounts_where", **given))["confirm_token"]
    async with client(settings, "auto") as connected:
        turned = dict(reversed([*given.items(), ("confirm_token", token)]))
        assert (await call(connected, "update_accounts_where", **turned))["state"] == "succeeded"


async def test_a_token_of_another_connection_is_refused(settings: Settings) -> None:
    services, close = await open_parts(settings)
    try:
        confirmations = services.confirmations
        preview = Preview("Delete?")
        token = confirmations.issue("delete_account", {}, preview)
        confirmations._connection = "another"
        with pytest.raises(InvalidInputError, match="belongs to another call"):
            await confirmations.redeem(token, "delete_account", {}, preview)
    finally:
        await close()


async def test_a_write_past_the_tools_shows_all_that_it_would_send(settings: Settings, simulator: Simulator) -> None:
    served = settings.model_copy(update={"toolsets": tuple(EVERY_TOOLSET.split(","))})
    async with client(served, "auto") as connected:
        account = await first_account(connected)
        many = {"method": "DELETE", "path": "/crm/v8/Accounts", "params": {"ids": account}}
        assert f"ids = '{account}'" in await unconfirmed(connected, "zoho_request", **many)
        body = {"data": [{"Phone": "1"}]}
        one = {"method": "PUT", "path": f"/crm/v8/Accounts/{account}", "body": body}
        assert '{"data": [{"Phone": "1"}]}' in await unconfirmed(connected, "zoho_request", **one)
    assert written(simulator) == 0


async def test_nobody_is_asked_about_a_change_that_would_be_refused(settings: Settings) -> None:
    person = Person("accept")
    async with client(settings, "auto", person) as connected:
        given = {**WHERE, "values": {"Industry": "Tech"}, "dry_run": False}
        assert (await call(connected, "update_accounts_where", **given))["error"]["field"] == "Industry"
    assert person.asked == []


@pytest.mark.parametrize(
    ("declared", "asks"),
    [
        (None, False),
        (ElicitationCapability(), True),
        (ElicitationCapability(form=FormElicitationCapability()), True),
        (ElicitationCapability(url=UrlElicitationCapability()), False),
    ],
)
async def test_a_client_that_only_opens_addresses_is_not_asked(
    declared: ElicitationCapability | None, asks: bool
) -> None:
    context = SimpleNamespace(client_capabilities=ClientCapabilities(elicitation=declared))
    assert _can_ask(cast("Context[Any, Any]", context)) is asks
