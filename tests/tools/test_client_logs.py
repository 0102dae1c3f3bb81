"""Clients hear what happens during their calls, from the level on that they have asked for."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
import pytest
import structlog
from mcp import Client, MCPError
from mcp.types import LoggingLevel, LoggingMessageNotificationParams

from support.fakes import answers, server_over, services
from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import NotFoundError
from zohocrm_mcp.models import RecordResult
from zohocrm_mcp.observe.logging import configure_logging
from zohocrm_mcp.services import Services
from zohocrm_mcp.simulator import Simulator

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:The logging capability is deprecated"),  # it is, and clients use it
]
ACCOUNT = {"account_id": "1"}
ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    configure_logging("ERROR", "json", io.StringIO())
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Listener:
    """A client and the messages that it has got."""

    def __init__(self) -> None:
        self.heard: list[LoggingMessageNotificationParams] = []
        self.client: Client

    async def hear(self, params: LoggingMessageNotificationParams) -> None:
        self.heard.append(params)

    def events(self) -> list[tuple[str, str]]:
        return [(message.level, message.data["event"]) for message in self.heard]


@asynccontextmanager
async def listener(server: Any, era: Any, level: LoggingLevel | None) -> AsyncIterator[Listener]:
    """A client that asks for ``level`` the way its revision has it."""
    made = Listener()
    wanted = level if era == "auto" else None
    async with Client(server, mode=era, logging_callback=made.hear, log_level=wanted) as made.client:
        if level and era == "legacy":
            await made.client.set_logging_level(level)
        yield made


def missing() -> Services:
    return services(records=services(get=answers(NotFoundError("There is no record 1 in Accounts."))))


@ERAS
async def test_a_refused_value_is_told_before_the_answer(era: str) -> None:
    async with listener(server_over(missing()), era, "info") as one:
        result = await one.client.call_tool("get_account", ACCOUNT)
        assert one.events() == [("info", "tool refused")]
    assert result.is_error
    (message,) = one.heard
    assert message.data["tool"] == "get_account"
    assert message.data["message"] == "There is no record 1 in Accounts."
    assert message.data["call_id"]


@ERAS
@pytest.mark.parametrize("level", [None, "warning", "emergency"])
async def test_who_asks_for_less_hears_less(era: str, level: LoggingLevel | None) -> None:
    async with listener(server_over(missing()), era, level) as one:
        await one.client.call_tool("get_account", ACCOUNT)
    assert one.heard == []


async def test_each_session_has_its_own_level() -> None:
    server = server_over(missing())
    async with listener(server, "legacy", "debug") as loud, listener(server, "legacy", "error") as quiet:
        await loud.client.call_tool("get_account", ACCOUNT)
        await quiet.client.call_tool("get_account", ACCOUNT)
    assert loud.events() == [("info", "tool refused")]
    assert quiet.heard == []


async def test_a_level_can_be_changed() -> None:
    async with listener(server_over(missing()), "legacy", "debug") as one:
        await one.client.set_logging_level("alert")
        await one.client.call_tool("get_account", ACCOUNT)
    assert one.heard == []


@ERAS
async def test_what_a_worker_thread_logs_is_heard_too(era: str) -> None:
    async def get(*_: object, **__: object) -> RecordResult:
        await anyio.to_thread.run_sync(lambda: structlog.get_logger("thread").warning("call.repeated", seconds=0.5))
        return RecordResult(record={"id": "1"})

    async with listener(server_over(services(records=services(get=get))), era, "warning") as one:
        result = await one.client.call_tool("get_account", ACCOUNT)
        assert one.events() == [("warning", "call.repeated")]
    assert not result.is_error
    assert one.heard[0].logger == "thread"


@ERAS
async def test_a_crash_is_told_without_a_word_of_what_crashed(era: str) -> None:
    broken = services(records=services(get=answers(RuntimeError("secret"))))
    async with listener(server_over(broken), era, "debug") as one:
        await one.client.call_tool("get_account", ACCOUNT)
    assert ("error", "tool crashed") in one.events()
    assert "secret" not in str(one.heard)


@ERAS
async def test_a_flood_of_messages_is_cut_and_the_call_goes_on(era: str) -> None:
    async def get(*_: object, **__: object) -> RecordResult:
        for number in range(2_000):
            structlog.get_logger("flood").warning("again", attempt=number)
        return RecordResult(record={"id": "1"})

    async with listener(server_over(services(records=services(get=get))), era, "debug") as one:
        assert not (await one.client.call_tool("get_account", ACCOUNT)).is_error
    assert 0 < len(one.heard) < 2_000
    assert one.heard[0].data == {**one.heard[0].data, "event": "again", "attempt": 0}


@ERAS
async def test_an_error_of_the_protocol_stays_what_it_is(era: str) -> None:
    async with listener(server_over(missing()), era, "debug") as one:
        with pytest.raises(MCPError) as caught:
            await one.client.call_tool("nope", {})
    assert caught.value.code == -32602


async def test_the_capability_is_declared() -> None:
    async with listener(server_over(missing()), "legacy", None) as one:
        assert one.client.server_capabilities.logging is not None


@ERAS
async def test_throttling_and_the_progress_of_a_job_are_told(
    era: str, settings: Settings, simulator: Simulator
) -> None:
    async with listener(create_app(settings)[0], era, "debug") as one:
        page = await one.client.call_tool("get_accounts", {"limit": 2, "fields": ["Account_Name"]})
        assert page.structured_content
        simulator.faults.add("PUT /crm/v8/Accounts", "status", status=429, body={"code": "TOO_MANY_REQUESTS"}, count=1)
        records = [{"id": record["id"], "Health_Score": 5} for record in page.structured_content["records"]]
        result = await one.client.call_tool("bulk_update_accounts", {"records": records})
    assert not result.is_error
    assert ("warning", "call.repeated") in one.events()
    (repeated,) = [message.data for message in one.heard if message.data["event"] == "call.repeated"]
    assert (repeated["kind"], repeated["tool"]) == ("rate_limited", "bulk_update_accounts")
    (progress,) = [message.data for message in one.heard if message.data["event"] == "job.progress"]
    assert (progress["done"], progress["total"]) == (2, 2)
