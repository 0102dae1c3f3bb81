"""Many HTTP clients at once: do they use what the concurrency limit allows?"""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import anyio
import httpx2

from benchmarks.measure import Scale
from benchmarks.processes import EDITION
from benchmarks.stage import Stage
from benchmarks.table import Line
from zohocrm_mcp.limits.editions import EDITIONS

LATENCY, CLIENTS = 0.1, 64
SHARE = 0.8
SECONDS = 10.0
_VERSION = "2025-11-25"
_INITIALIZE = {
    "protocolVersion": _VERSION,
    "capabilities": {},
    "clientInfo": {"name": "benchmarks", "version": "1"},
}


def http_64(stage: Stage, scale: Scale) -> list[Line]:
    """64 clients, each with a session of its own, that read an account again and again."""
    crm = stage.crm
    ids = crm.ids(CLIENTS)
    with stage.serving_http(crm) as url:
        crm.prepare(LATENCY)
        try:
            rate = anyio.run(_rate, url, ids, SECONDS * scale.share)
        finally:
            crm.prepare()
    allowed = EDITIONS[EDITION].concurrency / LATENCY
    sides = {"floor": allowed, "ours": rate}
    mark = f"{SHARE} x what the limit allows ({allowed:.0f})"
    return [Line("http_64", f"{CLIENTS} HTTP clients", "calls/s", sides, mark, rate / allowed, SHARE, at_least=True)]


async def _rate(url: str, ids: list[str], seconds: float) -> float:
    """Return the calls a second, once every client has had its first answer."""
    done: Counter[str] = Counter()
    warm = anyio.Event()
    limits = httpx2.Limits(max_connections=None)
    async with (
        httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60, limits=limits) as client,
        anyio.create_task_group() as group,
    ):
        for account in ids:
            group.start_soon(_client, client, account, done, warm, len(ids))
        await warm.wait()
        before, began = done.total(), time.perf_counter()
        await anyio.sleep(seconds)
        rate = (done.total() - before) / (time.perf_counter() - began)
        group.cancel_scope.cancel()
    return rate


async def _client(client: httpx2.AsyncClient, account: str, done: Counter[str], warm: anyio.Event, all_: int) -> None:
    session, _ = await _ask(client, {}, "initialize", _INITIALIZE)
    headers = {"mcp-session-id": session, "mcp-protocol-version": _VERSION}
    await client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=headers | _ACCEPT)
    while True:
        _, result = await _ask(
            client, headers, "tools/call", {"name": "get_account", "arguments": {"account_id": account}}
        )
        if result.get("isError"):
            raise RuntimeError(f"get_account failed: {result}")
        done[account] += 1
        if len(done) == all_:
            warm.set()


_ACCEPT = {"accept": "application/json, text/event-stream"}


async def _ask(
    client: httpx2.AsyncClient, headers: dict[str, str], method: str, params: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the session that the answer names, and the result in its event stream."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = await client.post("/mcp", json=body, headers=headers | _ACCEPT)
    answer.raise_for_status()
    messages = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    return answer.headers.get("mcp-session-id", ""), next(one["result"] for one in messages if one.get("id") == 1)
