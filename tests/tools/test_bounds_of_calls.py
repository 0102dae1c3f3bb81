"""How many calls run at once and for how long: past a bound there is a clear refusal, and never a queue."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import ElicitResult, ErrorData

from support.clients import ERAS, Era, call, client, first_account
from support.fakes import opening, services
from support.processes import until
from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings
from zohocrm_mcp.models import RecordResult
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.toolkit import bounds

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("era", ERAS)]
ACCOUNT = {"account_id": "6470331000000400001"}
UPDATE_ONE = "PUT /crm/v8/{module}/{id}"


class Door:
    """Stand-in records and metadata: whoever asks waits until the door opens."""

    def __init__(self) -> None:
        self.waiting, self.open = 0, anyio.Event()

    async def get(self, *_args: object) -> RecordResult:
        self.waiting += 1
        await self.open.wait()
        return RecordResult(record={"id": "1"})

    async def modules(self) -> list[Any]:
        await self.get()
        return []

    async def seen(self, count: int) -> None:
        await until(lambda: self.waiting >= count)


async def error_of(connected: Client, tool: str = "get_account", **arguments: Any) -> dict[str, Any]:
    error: dict[str, Any] = (await call(connected, tool, **arguments or ACCOUNT))["error"]
    return error


@pytest.mark.parametrize(
    ("setting", "words"), [("max_calls", "This server has 3 calls"), ("max_calls_per_caller", "You have 3 calls")]
)
async def test_one_call_too_many_is_refused_at_once_and_the_others_go_on(era: Era, setting: str, words: str) -> None:
    door = Door()
    parts = services(records=door, schema=door)
    server, tenants = create_app(Settings.model_validate({setting: 3}), open_parts=opening(parts))
    async with Client(server, mode=era) as connected:
        answers: list[dict[str, Any]] = []

        async def ask() -> None:
            answers.append(await call(connected, "get_account", **ACCOUNT))

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(ask)
            await door.seen(3)
            error = await error_of(connected)
            assert error["kind"] == "rate_limited"
            assert error["message"].startswith(words)
            assert error["retry_after_seconds"] == bounds.RETRY_SECONDS
            with pytest.raises(MCPError, match=words):
                await connected.read_resource("crm://modules")
            assert door.waiting == 3
            door.open.set()
        assert answers == [{"record": {"id": "1"}}] * 3
        assert await call(connected, "get_account", **ACCOUNT) == {"record": {"id": "1"}}
    assert tenants.bounds.count() == 0


async def test_a_call_that_only_reads_and_takes_too_long_has_changed_nothing(era: Era) -> None:
    settings = Settings.model_validate({"call_timeout": 0.05, "call_seconds": 0.01})
    server, tenants = create_app(settings, open_parts=opening(services(records=Door())))
    tenants.bounds.seconds = 0.05
    async with Client(server, mode=era) as connected:
        error = await error_of(connected)
    assert (error["kind"], error["message"]) == (
        "unavailable",
        "The call took more than 0.05 seconds; it has changed nothing.",
    )


async def test_a_write_that_takes_too_long_is_waited_for_and_its_outcome_called_unknown(
    settings: Settings, simulator: Simulator, era: Era
) -> None:
    server, tenants = create_app(settings)
    async with Client(server, mode=era) as connected:
        account = await first_account(connected)
        await call(connected, "update_account", account_id=account, values={"Phone": "1"})
        simulator.faults.add(UPDATE_ONE, "delay", seconds=60)
        sent = simulator.counters.routes[UPDATE_ONE]

        async def cut() -> None:
            await until(lambda: simulator.counters.routes[UPDATE_ONE] > sent)
            tenants.bounds.end()
            simulator.faults.clear()

        async with anyio.create_task_group() as group:
            group.start_soon(cut)
            error = await error_of(connected, "update_account", account_id=account, values={"Phone": "2"})
        assert (error["kind"], error["message"]) == (
            "unknown_outcome",
            "The server is ending, after it had sent a change to Zoho.",
        )
        assert (await call(connected, "get_account", account_id=account))["record"]["Phone"] == "2"


async def test_a_write_that_was_refused_is_not_called_sent(settings: Settings, simulator: Simulator, era: Era) -> None:
    server, tenants = create_app(settings)
    async with Client(server, mode=era) as connected:
        account = await first_account(connected)
        tenants.bounds.seconds = 0.5
        busy = {"code": "TOO_MANY_REQUESTS", "message": "slow down", "status": "error"}
        simulator.faults.add(UPDATE_ONE, status=429, body=busy, headers={"Retry-After": "5"}, count=None)
        error = await error_of(connected, "update_account", account_id=account, values={"Phone": "2"})
    assert error["kind"] in {"unavailable", "rate_limited"}
    assert "sent" not in error["message"]


async def test_a_person_may_think_longer_than_a_call_may_take(settings: Settings, era: Era) -> None:
    server, tenants = create_app(settings)
    left: list[float] = []

    async def think(context: Any, params: Any) -> ElicitResult | ErrorData:
        assert context
        assert params
        left.extend(held.scope.deadline - anyio.current_time() for held in tenants.bounds._held)
        return ElicitResult(action="accept", content={"confirm": True})

    async with Client(server, mode=era, elicitation_callback=think) as connected:
        account = await first_account(connected)
        assert (await call(connected, "delete_account", account_id=account))["deleted"]
    assert len(left) == (era == "legacy")  # of the stateless revision no call is under way while a person thinks
    assert all(seconds > tenants.bounds.seconds + 300 for seconds in left)


async def test_what_ends_tells_every_call_under_way(era: Era) -> None:
    door = Door()
    server, tenants = create_app(Settings.model_validate({}), open_parts=opening(services(records=door)))
    async with Client(server, mode=era) as connected, anyio.create_task_group() as group:
        errors: list[dict[str, Any]] = []

        async def ask() -> None:
            errors.append(await error_of(connected))

        group.start_soon(ask)
        group.start_soon(ask)
        await door.seen(2)
        tenants.bounds.end()
        with anyio.fail_after(60):
            await tenants.bounds.ended()
    assert [error["message"] for error in errors] == ["The server is ending; it has changed nothing."] * 2


async def test_the_deadline_leaves_a_call_that_follows_a_job_its_time(settings: Settings, era: Era) -> None:
    async with client(settings, era) as connected:
        assert (await call(connected, "list_jobs"))["jobs"] == []
    patient = settings.model_copy(update={"call_timeout": 10.0, "call_seconds": 300.0})
    assert create_app(patient)[1].bounds.seconds > 300
