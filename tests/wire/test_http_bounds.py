"""A server that is asked for too much over real HTTP: too large, too many, too long. It refuses and stays as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx2
import pytest

from support.posting import in_session, initialize, modern, resident_bytes, serving, structured, tool
from support.processes import until
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
MEGABYTE = 1024 * 1024
LISTEN = modern("subscriptions/listen", notifications={"toolsListChanged": True})


def web(root: str) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx2.AsyncClient(base_url=root, timeout=60, trust_env=False, limits=limits)


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * MEGABYTE


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_a_body_of_five_megabytes_is_refused_whether_its_length_is_told_or_not(
    settings: Settings, tmp_path: Path, era: str
) -> None:
    request = tool("list_modules") if era == "modern" else initialize()
    with serving(settings, tmp_path) as (child, root):
        before = resident_bytes(child)
        async with web(root) as client:
            told = await client.post("/mcp", headers=request["headers"], content=b" " * 5 * MEGABYTE)
            streamed = await client.post("/mcp", headers=request["headers"], content=pieces(5))
            assert (told.status_code, streamed.status_code) == (413, 413)
            assert (await client.post("/mcp", **request)).status_code == 200
        assert resident_bytes(child) - before < 100 * MEGABYTE


async def test_ten_thousand_idle_sessions_stop_at_the_bound_and_the_rest_goes_on(
    settings: Settings, tmp_path: Path
) -> None:
    statuses: Counter[int] = Counter()
    with serving(settings, tmp_path) as (child, root):
        async with web(root) as client:
            first = (await client.post("/mcp", **initialize())).headers["mcp-session-id"]
            before = resident_bytes(child)

            async def open_many() -> None:
                for _ in range(2_500):
                    statuses[(await client.post("/mcp", **initialize())).status_code] += 1

            async with anyio.create_task_group() as group:
                for _ in range(4):
                    group.start_soon(open_many)
            assert statuses == {200: settings.max_sessions - 1, 503: 10_000 - settings.max_sessions + 1}
            assert resident_bytes(child) - before < 150 * MEGABYTE
            assert (await client.post("/mcp", **in_session(first, "ping"))).status_code == 200
            assert structured(await client.post("/mcp", **tool("list_jobs"))) == {"jobs": []}


async def test_an_idle_session_ends_and_makes_room(settings: Settings, tmp_path: Path) -> None:
    with serving(settings, tmp_path, MAX_SESSIONS=1, SESSION_IDLE_SECONDS=5) as (_, root):
        async with web(root) as client:
            session = (await client.post("/mcp", **initialize())).headers["mcp-session-id"]
            assert (await client.post("/mcp", **initialize())).status_code == 503
            with anyio.fail_after(30):
                while (await client.post("/mcp", **initialize())).status_code == 503:  # noqa: ASYNC110 -- of the server
                    await anyio.sleep(0.05)
            assert (await client.post("/mcp", **in_session(session, "ping"))).status_code == 404


async def test_more_calls_at_once_than_allowed_are_told_when_to_come_again(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    outcomes: Counter[str] = Counter()
    with serving(settings, tmp_path, MAX_CALLS_PER_CALLER=3) as (_, root):
        async with web(root) as client:
            await client.post("/mcp", **tool("list_modules"))
            simulator.faults.add("GET /crm/v8/{module}", "delay", seconds=60, count=None)

            async def ask() -> None:
                answer = structured(await client.post("/mcp", **tool("get_accounts", limit=1)))
                outcomes[answer.get("error", {"kind": "ok"})["kind"]] += 1
                if "error" in answer:
                    assert answer["error"]["retry_after_seconds"] > 0
                    assert "again" in answer["error"]["hint"]

            async with anyio.create_task_group() as group:
                for _ in range(12):
                    group.start_soon(ask)
                await until(lambda: outcomes.total() >= 9)
                simulator.faults.clear()
    assert outcomes == {"ok": 3, "rate_limited": 9}


@pytest.mark.parametrize(
    ("bound", "status"), [("MAX_STREAMS_PER_CALLER", 429), ("MAX_STREAMS", 503)], ids=["one caller's", "in all"]
)
@pytest.mark.parametrize("kind", ["listen", "sse"])
async def test_a_flood_of_streams_stops_at_the_bound_and_calls_go_on(
    settings: Settings, tmp_path: Path, bound: str, status: int, kind: str
) -> None:
    with serving(settings, tmp_path, transport="http+sse", **{bound: 5}) as (_, root):
        async with web(root) as client, AsyncExitStack() as streams:

            async def open_one() -> httpx2.Response:
                asked: dict[str, Any] = {"method": "GET", "url": "/sse"}
                if kind == "listen":
                    asked = {"method": "POST", "url": "/mcp", **LISTEN}
                return await streams.enter_async_context(client.stream(**asked))

            for _ in range(5):
                assert (await open_one()).status_code == 200
            for _ in range(20):
                refused = await open_one()
                assert refused.status_code == status
                assert int(refused.headers["retry-after"]) > 0
            assert structured(await client.post("/mcp", **tool("list_jobs"))) == {"jobs": []}
            await streams.aclose()
            with anyio.fail_after(30):
                while (await open_one()).status_code != 200:  # noqa: ASYNC110 -- the server notices who has left
                    await anyio.sleep(0.05)


async def test_listening_under_another_name_is_not_listening(settings: Settings, tmp_path: Path) -> None:
    disguised = {**LISTEN, "headers": {**LISTEN["headers"], "Mcp-Method": "tools/list"}}
    plain = {**LISTEN, "headers": {name: value for name, value in LISTEN["headers"].items() if name != "Mcp-Method"}}
    with serving(settings, tmp_path) as (_, root):
        async with web(root) as client:
            assert [(await client.post("/mcp", **request)).status_code for request in (disguised, plain)] == [400, 400]


async def calls(client: httpx2.AsyncClient, count: int, session: str = "") -> None:
    """Make tool calls, several at once."""
    params = {"name": "list_modules", "arguments": {}}

    async def some() -> None:
        for _ in range(count // 4):
            request = in_session(session, "tools/call", **params) if session else tool("list_modules")
            answer = await client.post("/mcp", **request)
            assert answer.status_code == 200
            assert structured(answer)["modules"]

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(some)


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_memory_stays_flat_over_thousands_of_calls(settings: Settings, tmp_path: Path, era: str) -> None:
    with serving(settings, tmp_path) as (child, root):
        async with web(root) as client:
            session = (await client.post("/mcp", **initialize())).headers["mcp-session-id"] if era == "legacy" else ""
            await calls(client, 800, session)
            before = resident_bytes(child)
            await calls(client, 3_000, session)
            assert resident_bytes(child) - before < 16 * MEGABYTE
