"""Parts open at the first call, once, and close at the end."""

from __future__ import annotations

import anyio
import pytest
from mcp import Client

from support.fakes import answers, services
from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.lifecycle import Close, Lifecycle
from zohocrm_mcp.models import Modules
from zohocrm_mcp.services import Services

pytestmark = pytest.mark.anyio

SETTINGS = Settings.model_validate({})


class Parts:
    """Counts how often it is opened and closed; ``failures`` openings fail first; ``go`` lets an opening end."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.opened = self.closed = 0
        self.begun, self.go = anyio.Event(), anyio.Event()
        self.go.set()

    async def open(self) -> tuple[Services, Close]:
        self.opened += 1
        self.begun.set()
        await self.go.wait()
        if self.opened <= self.failures:
            raise ZohoDatabaseError("PostgreSQL does not answer.")
        return services(schema=services(modules=answers([]))), self.close

    async def close(self) -> None:
        self.closed += 1


async def test_nothing_opens_before_the_first_call_and_everything_closes_at_the_end() -> None:
    parts = Parts()
    async with Client(create_app(SETTINGS, open_parts=parts.open)[0]) as client:
        await client.list_tools()
        assert parts.opened == 0
        result = await client.call_tool("list_modules", {})
        assert result.structured_content == Modules(modules=[]).model_dump()
        await client.call_tool("list_modules", {})
        assert (parts.opened, parts.closed) == (1, 0)
    assert parts.closed == 1


async def test_calls_at_the_same_moment_open_once() -> None:
    parts = Parts()
    parts.go = anyio.Event()
    lifecycle = Lifecycle(parts.open)
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(lifecycle.services)
        await parts.begun.wait()
        parts.go.set()
    assert parts.opened == 1


async def test_who_waits_for_an_opening_that_fails_shares_the_failure_and_the_next_call_tries_again() -> None:
    parts = Parts(failures=1)
    parts.go = anyio.Event()
    lifecycle = Lifecycle(parts.open)
    failures: list[ZohoDatabaseError] = []

    async def call() -> None:
        try:
            await lifecycle.services()
        except ZohoDatabaseError as error:
            failures.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(call)
        await parts.begun.wait()
        await anyio.wait_all_tasks_blocked()
        parts.go.set()
    assert (parts.opened, len(failures)) == (1, 3)
    await lifecycle.services()
    assert parts.opened == 2


async def test_a_call_that_is_given_up_leaves_the_opening_to_the_next() -> None:
    parts = Parts()
    parts.go = anyio.Event()
    lifecycle = Lifecycle(parts.open)
    async with anyio.create_task_group() as group:
        group.start_soon(lifecycle.services)
        await parts.begun.wait()
        group.cancel_scope.cancel()
        parts.go.set()
    await lifecycle.services()
    assert parts.opened == 1


async def test_a_call_says_what_keeps_the_parts_from_opening_until_they_do() -> None:
    parts = Parts(failures=1)
    async with Client(create_app(SETTINGS, open_parts=parts.open)[0]) as client:
        refused = await client.call_tool("list_modules", {})
        assert refused.is_error
        assert refused.structured_content is not None
        assert refused.structured_content["error"]["kind"] == "unavailable"
        assert not (await client.call_tool("list_modules", {})).is_error


async def test_connections_share_the_parts_and_the_last_one_closes_them() -> None:
    parts = Parts()
    tenants = create_app(SETTINGS, open_parts=parts.open)[1]
    async with tenants.lifespan(None):
        async with tenants.lifespan(None):
            await tenants.services()
        assert parts.closed == 0
    assert (parts.opened, parts.closed) == (1, 1)


async def test_the_warm_up_waits_for_the_first_tool_list_and_survives_a_failure() -> None:
    parts = Parts(failures=1)
    server, lifecycle = create_app(SETTINGS, open_parts=parts.open)
    async with Client(server) as client, anyio.create_task_group() as group:
        group.start_soon(lifecycle.warm_up)
        await anyio.wait_all_tasks_blocked()
        assert parts.opened == 0
        await client.list_tools()
        with anyio.fail_after(60):
            await parts.begun.wait()
    assert parts.opened == 1
