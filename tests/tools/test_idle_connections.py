"""A connection that nobody has used for long is closed, and the next call opens it again."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from mcp import Client

from support.fakes import opening, services
from support.issuing import Clock
from zohocrm_mcp.app import create_app
from zohocrm_mcp.attendance import Attendance, Perform
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.lifecycle import Close, Lifecycle
from zohocrm_mcp.services import Services
from zohocrm_mcp.tenants import Tenants
from zohocrm_mcp.uses import Uses

pytestmark = pytest.mark.anyio

LONG = 1_800.0


class Company:
    """Parts of a connection, counted; their jobs are a test's to set. ``go`` lets a closing end."""

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.jobs: Any = SimpleNamespace(listeners=[], under_way=False)
        self.closing, self.go = anyio.Event(), anyio.Event()
        self.go.set()

    async def open(self) -> tuple[Services, Close]:
        self.opened += 1
        return services(jobs=self.jobs), self._close

    async def _close(self) -> None:
        self.closing.set()
        await self.go.wait()
        self.closed += 1

    @property
    def counts(self) -> tuple[int, int]:
        return self.opened, self.closed


class Process:
    """A process with two tenants, its own and acme, both open."""

    def __init__(self) -> None:
        self.clock, self.own, self.acme = Clock(), Company(), Company()
        companies = {DEFAULT: self.own, "acme": self.acme}
        self.tenants = Tenants(DEFAULT, lambda name: Lifecycle(companies[name].open), clock=self.clock)
        self.tenants.idle_seconds = LONG

    async def after(self, seconds: float) -> tuple[int, int]:
        """Let time pass and look for who is idle; returns how often acme was opened and closed."""
        self.clock.now += seconds
        await self.tenants.close_idle()
        return self.acme.counts


@pytest.fixture
async def process() -> Process:
    made = Process()
    for name in (DEFAULT, "acme"):
        with made.tenants.uses.held(name):
            await made.tenants.of(name).services()
    return made


async def test_it_is_closed_after_its_time_and_opens_at_the_next_call(process: Process) -> None:
    assert await process.after(LONG - 1) == (1, 0)
    assert await process.after(1) == (1, 1)
    assert await process.after(LONG) == (1, 1)
    await process.tenants.of("acme").services()
    assert process.acme.counts == (2, 1)


async def test_the_time_begins_anew_when_a_call_ends(process: Process) -> None:
    with process.tenants.uses.held("acme"):
        assert await process.after(10 * LONG) == (1, 0)
    assert await process.after(LONG - 1) == (1, 0)
    assert await process.after(1) == (1, 1)


async def test_one_that_was_opened_without_a_call_has_its_time_too(process: Process) -> None:
    await process.after(LONG)
    process.tenants.uses = Uses(process.clock)
    await process.tenants.of("acme").services()
    assert await process.after(LONG) == (2, 1)
    assert await process.after(LONG) == (2, 2)


async def test_a_job_that_goes_on_is_a_use(process: Process) -> None:
    process.acme.jobs.under_way = True
    assert await process.after(LONG) == (1, 0)
    process.acme.jobs.under_way = False
    assert await process.after(0) == (1, 1)


async def test_somebody_who_wants_to_hear_of_jobs_is_a_use(process: Process) -> None:
    followed = {"acme"}
    process.tenants.in_use.append(followed.__contains__)
    assert await process.after(LONG) == (1, 0)
    followed.clear()
    assert await process.after(0) == (1, 1)


async def test_the_own_connection_of_the_process_stays_open(process: Process) -> None:
    await process.after(10 * LONG)
    assert process.own.counts == (1, 0)


async def test_without_an_end_to_it_everything_stays_open(process: Process) -> None:
    process.tenants.idle_seconds = Tenants(DEFAULT, lambda _: Lifecycle(process.own.open)).idle_seconds
    assert await process.after(1_000 * LONG) == (1, 0)


async def test_who_calls_while_it_closes_waits_and_gets_it_anew(process: Process) -> None:
    process.acme.go = anyio.Event()
    process.clock.now += LONG
    got: list[Services] = []

    async def call() -> None:
        got.append(await process.tenants.of("acme").services())

    async with anyio.create_task_group() as group:
        group.start_soon(process.tenants.close_idle)
        await process.acme.closing.wait()
        group.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        assert process.acme.counts == (1, 0)
        process.acme.go.set()
    assert process.acme.counts == (2, 1)
    assert len(got) == 1


async def test_who_comes_before_the_closing_has_begun_keeps_it_open(process: Process) -> None:
    process.clock.now += LONG
    lifecycle = process.tenants.of("acme")
    async with lifecycle._lock, anyio.create_task_group() as group:
        group.start_soon(process.tenants.close_idle)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(_used_for_a_while, process)
        await anyio.wait_all_tasks_blocked()
        lifecycle._lock.release()
        await anyio.wait_all_tasks_blocked()
        assert process.acme.counts == (1, 0)
        await lifecycle._lock.acquire()
        group.cancel_scope.cancel()


async def _used_for_a_while(process: Process) -> None:
    with process.tenants.uses.held("acme"):
        await process.tenants.of("acme").services()
        await anyio.sleep_forever()


async def test_one_that_cannot_be_closed_does_not_keep_the_others_open(process: Process) -> None:
    broken = Company()

    async def fail() -> None:
        broken.closed += 1
        raise RuntimeError

    async def open_broken() -> tuple[Services, Close]:
        return services(), fail

    process.tenants._lifecycles = {"broken": Lifecycle(open_broken), **process.tenants._lifecycles}
    await process.tenants.of("broken").services()
    await process.after(0)
    assert await process.after(LONG) == (1, 1)
    assert broken.closed == 1


async def test_queued_jobs_are_attended_to_once_also_while_it_is_closed(process: Process) -> None:
    begun: Counter[str] = Counter()
    performs: dict[str, Perform] = {}
    done: list[str] = []

    async def attend(connection: str, perform: Perform) -> None:
        begun[connection] += 1
        performs[connection] = perform
        try:
            await anyio.sleep_forever()
        finally:
            begun[connection] -= 1

    async def perform(job_id: str) -> None:
        assert await process.after(LONG) == (3, 2)  # it is in use
        done.append(job_id)

    process.acme.jobs.perform = perform
    process.tenants.attendance = Attendance(attend)
    assert await process.after(LONG) == (1, 1)
    async with process.tenants.lifespan(None):
        await process.tenants.of("acme").services()
        await anyio.wait_all_tasks_blocked()
        assert await process.after(2 * LONG) == (2, 2)
        assert begun == {"acme": 1}
        await performs["acme"]("acme", "a-job")
        await anyio.wait_all_tasks_blocked()
        assert (begun, done) == ({"acme": 1}, ["a-job"])
    assert begun == {"acme": 0}


async def test_a_call_is_a_use_until_its_answer_leaves() -> None:
    seen: list[float] = []

    async def modules() -> list[Any]:
        clock.now += LONG
        seen.append(tenants.uses.idle_seconds(DEFAULT))
        return []

    clock = Clock()
    server, tenants = create_app(
        Settings.model_validate({}), open_parts=opening(services(schema=services(modules=modules)))
    )
    tenants.uses = Uses(clock)
    async with Client(server) as client:
        await client.call_tool("list_modules", {})
    assert seen == [0.0]
    clock.now += 1
    assert tenants.uses.idle_seconds(DEFAULT) == 1.0


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_who_follows_a_resource_is_known_until_they_leave() -> None:
    server, tenants = create_app(Settings.model_validate({}), open_parts=opening(services()))
    (is_followed,) = tenants.in_use
    async with Client(server) as client:
        assert not is_followed(DEFAULT)
        async with client.listen(resource_subscriptions=["crm://jobs/1"]):
            assert is_followed(DEFAULT)
            assert not is_followed("acme")
    async with Client(server, mode="legacy") as client:
        await client.subscribe_resource("crm://jobs/1")
        assert is_followed(DEFAULT)
        await client.unsubscribe_resource("crm://jobs/1")
        assert not is_followed(DEFAULT)
        await client.subscribe_resource("crm://jobs/1")
    assert not is_followed(DEFAULT)
