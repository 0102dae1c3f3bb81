"""The end of a server over HTTP: calls under way are answered, streams closed, the exit code is 0; no call is lost."""

from __future__ import annotations

import itertools
import json
import signal
from collections import Counter
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import anyio.to_thread
import httpx2
import pytest
from mcp import Client
from mcp.client.sse import sse_client
from starlette.applications import Starlette

from support.child import Child
from support.clients import call, first_account
from support.posting import initialize, modern, serving, structured, tool
from support.processes import until
from support.replicas import free_port
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.observe.audit import Audit, Wanted
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.tenants import Tenants
from zohocrm_mcp.transports.probes import Probes

pytestmark = pytest.mark.anyio
UPDATE_ONE = "PUT /crm/v8/{module}/{id}"
READ_ONE = "GET /crm/v8/{module}/{id}"
SHARED = {"ENCRYPTION_KEYS": "A" * 43 + "=", "REQUEST_STATE_KEYS": "shared by the replicas of this test"}
LISTEN = modern("subscriptions/listen", notifications={"toolsListChanged": True})


def web(root: str = "") -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=root, timeout=60, trust_env=False)


async def ended(child: Child) -> str:
    """Wait for the end and return the log; it has no error in it."""
    assert await anyio.to_thread.run_sync(child.exit_code) == 0
    log = child.errors()
    assert "Traceback" not in log
    assert [line for line in log.splitlines() if json.loads(line)["level"] in {"error", "critical"}] == []
    return log


async def an_account(client: httpx2.AsyncClient) -> str:
    found = structured(await client.post("/mcp", **tool("get_accounts", limit=1)))
    assert "records" in found, found
    return str(found["records"][0]["id"])


async def test_a_write_under_way_is_finished_and_answered(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    with serving(settings, tmp_path) as (child, root):
        async with web(root) as client:
            account = await an_account(client)
            simulator.faults.add(UPDATE_ONE, "delay", seconds=1.5)
            answers: list[httpx2.Response] = []

            async def write() -> None:
                change = tool("update_account", account_id=account, values={"Phone": "4711"})
                answers.append(await client.post("/mcp", **change))

            async with anyio.create_task_group() as group:
                group.start_soon(write)
                await until(lambda: simulator.counters.routes[UPDATE_ONE] > 0)
                child.process.send_signal(signal.SIGTERM)
        assert structured(answers[0])["changed"]["Phone"]["after"] == "4711"
        await ended(child)


async def test_a_call_that_comes_over_sse_is_answered_there_before_its_stream_ends(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    with serving(settings, tmp_path, transport="sse") as (child, root):
        async with Client(sse_client(f"{root}/sse"), mode="legacy") as connected:
            account = await first_account(connected)
            simulator.faults.add(UPDATE_ONE, "delay", seconds=1.0)
            async with anyio.create_task_group() as group:

                async def write() -> None:
                    changed = await call(connected, "update_account", account_id=account, values={"Phone": "4711"})
                    assert changed["changed"]["Phone"]["after"] == "4711"

                group.start_soon(write)
                await until(lambda: simulator.counters.routes[UPDATE_ONE] > 0)
                child.process.send_signal(signal.SIGTERM)
        await ended(child)


async def test_open_streams_end_as_streams_do(settings: Settings, tmp_path: Path) -> None:
    with serving(settings, tmp_path, transport="http+sse") as (child, root):
        async with web(root) as client, AsyncExitStack() as stack:
            session = (await client.post("/mcp", **initialize())).headers["mcp-session-id"]
            standing = {"Accept": "text/event-stream", "Mcp-Session-Id": session}
            streams = [
                await stack.enter_async_context(client.stream("POST", "/mcp", **LISTEN)),
                await stack.enter_async_context(client.stream("GET", "/mcp", headers=standing)),
                await stack.enter_async_context(client.stream("GET", "/sse")),
            ]
            assert [stream.status_code for stream in streams] == [200, 200, 200]
            child.process.send_signal(signal.SIGTERM)
            for stream in streams:
                await stream.aread()  # a stream that is cut off is an error here
        await ended(child)


async def test_a_call_that_hangs_is_told_that_it_changed_nothing_when_the_time_is_up(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    patient = settings.model_copy(update={"read_timeout": 60.0})
    with serving(patient, tmp_path, SHUTDOWN_SECONDS=1) as (child, root):
        error = await _hang(child, root, simulator, [signal.SIGTERM])
        assert (error["kind"], error["message"]) == ("unavailable", "The server is ending; it has changed nothing.")
        await ended(child)


async def test_a_second_signal_ends_it_sooner(settings: Settings, simulator: Simulator, tmp_path: Path) -> None:
    patient = settings.model_copy(update={"read_timeout": 500.0})
    with serving(patient, tmp_path, SHUTDOWN_SECONDS=500) as (child, root):
        error = await _hang(child, root, simulator, [signal.SIGTERM, signal.SIGTERM])
        assert error["kind"] == "unavailable"
        await ended(child)


async def test_a_write_that_hangs_is_told_to_be_unknown_and_stands_in_the_audit_log(
    settings: Settings, simulator: Simulator, database: Database, tmp_path: Path
) -> None:
    patient = settings.model_copy(update={"read_timeout": 60.0})
    with serving(patient, tmp_path, SHUTDOWN_SECONDS=1) as (child, root):
        async with web(root) as client:
            account = await an_account(client)
            simulator.faults.add(UPDATE_ONE, "hang", count=None)
            errors: list[dict[str, Any]] = []

            async def write() -> None:
                change = tool("update_account", account_id=account, values={"Phone": "4711"})
                errors.append(structured(await client.post("/mcp", **change))["error"])

            async with anyio.create_task_group() as group:
                group.start_soon(write)
                await until(lambda: simulator.counters.routes[UPDATE_ONE] > 0)
                child.process.send_signal(signal.SIGTERM)
        await ended(child)
    simulator.faults.clear()
    assert errors[0]["kind"] == "unknown_outcome"
    (row,) = Audit(database).read(Wanted(event="update_account"))
    assert (row.outcome, row.record_ids, row.detail) == ("unknown_outcome", [account], "a change was sent")


async def _hang(child: Child, root: str, simulator: Simulator, signals: list[signal.Signals]) -> dict[str, Any]:
    """Send signals in the middle of a call that Zoho does not answer, and return the call's error."""
    errors: list[dict[str, Any]] = []
    async with web(root) as client:
        account = await an_account(client)
        simulator.faults.add(READ_ONE, "hang", count=None)

        async def read() -> None:
            errors.append(structured(await client.post("/mcp", **tool("get_account", account_id=account)))["error"])

        async with anyio.create_task_group() as group:
            group.start_soon(read)
            await until(lambda: simulator.counters.routes[READ_ONE] > 0)
            for number, one in enumerate(signals):
                child.process.send_signal(one)
                if not number:
                    await anyio.to_thread.run_sync(child.error_line, '"ending"')
    simulator.faults.clear()
    return errors[0]


async def test_a_server_that_ends_is_not_ready() -> None:
    tenants = cast("Tenants", SimpleNamespace(ending=True))

    async def nobody() -> bool:
        return False

    app = Starlette(routes=Probes(tenants, nobody).health_routes())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "ending"})
        assert (await client.get("/healthz")).status_code == 200


class Polite:
    """A client of two replicas: where a connection is refused it goes to the other; anything else is a call lost."""

    def __init__(self, ports: tuple[int, int]) -> None:
        self._roots = itertools.cycle(f"http://127.0.0.1:{port}" for port in ports)
        self.outcomes: Counter[str] = Counter()

    async def work(self, account: str, done: anyio.Event) -> None:
        async with web() as client:
            while not done.is_set():
                change = tool("update_account", account_id=account, values={"Phone": "4711"})
                content = structured(await self._post(client, change))
                self.outcomes[content.get("error", {"kind": "ok"})["kind"]] += 1

    async def more(self, count: int) -> None:
        """Wait until so many more calls have ended."""
        wanted = self.outcomes.total() + count
        await until(lambda: self.outcomes.total() >= wanted)

    async def _post(self, client: httpx2.AsyncClient, request: dict[str, Any]) -> httpx2.Response:
        for root in self._roots:
            try:
                return await client.post(f"{root}/mcp", **request)
            except httpx2.ConnectError:
                await anyio.sleep(0.01)
        raise AssertionError("not reached")


class Replicas:
    """Servers by their port."""

    def __init__(self, settings: Settings, folder: Path, stack: ExitStack) -> None:
        self._settings, self._folder, self._stack = settings, folder, stack
        self._children: dict[int, Child] = {}

    async def start(self, port: int) -> None:
        entered = serving(self._settings, self._folder, port=port, **SHARED)
        self._children[port], _ = await anyio.to_thread.run_sync(self._stack.enter_context, entered)

    async def restart(self, port: int) -> None:
        self._children[port].process.send_signal(signal.SIGTERM)
        await ended(self._children[port])
        await self.start(port)


async def test_a_rolling_restart_loses_no_call_of_a_polite_client(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    ports, done = (free_port(), free_port()), anyio.Event()
    polite = Polite(ports)
    with ExitStack() as stack:
        replicas = Replicas(settings, tmp_path, stack)
        for port in ports:
            await replicas.start(port)
        async with web(f"http://127.0.0.1:{ports[0]}") as client:
            found = structured(await client.post("/mcp", **tool("get_accounts", limit=4)))
            assert "records" in found, found
        async with anyio.create_task_group() as group:
            for record in found["records"]:
                group.start_soon(polite.work, str(record["id"]), done)
            for port in ports:
                await polite.more(20)
                await replicas.restart(port)
            await polite.more(20)
            done.set()
    assert polite.outcomes.keys() == {"ok"}
    assert simulator.counters.routes[UPDATE_ONE] == polite.outcomes["ok"]
