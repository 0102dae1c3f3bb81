"""Callers with tokens of their own: each has its own bounds, and the audit log names each."""

from __future__ import annotations

from collections import Counter

import anyio
import httpx2
import pytest
from mcp import MCPError

from support.clients import call, first_account
from support.posting import in_session, initialize, structured, tool
from support.processes import until
from support.tenants import WIRES, Companies, Wire, both_companies  # noqa: F401 -- a fixture
from zohocrm_mcp.observe.audit import Audit, Entry, Wanted

pytestmark = pytest.mark.anyio
LIST = "GET /crm/v8/{module}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def web(root: str, token: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=root, timeout=60, trust_env=False, headers=bearer(token))


def rows(both: Companies, who: str) -> list[Entry]:
    return [row for row in Audit(both.database).read(Wanted(who=who)) if not row.event.startswith("auth.")]


@pytest.mark.parametrize("wire", WIRES)
async def test_the_log_names_the_caller_its_connection_and_what_its_role_was_refused(
    both: Companies, wire: Wire
) -> None:
    writer, reader = f"writer-{wire}", f"reader-{wire}"
    writes, reads = both.token(writer, "contoso", "write"), both.token(reader, "acme", "read")
    with both.serving() as server:
        async with server.client(writes, wire) as connected:
            account = await first_account(connected)
            await call(connected, "update_account", account_id=account, values={"Phone": "1"})
            await call(connected, "bulk_update_accounts", records=[{"id": account, "Health_Score": 7}])
        async with server.client(reads, wire) as connected:
            with pytest.raises(MCPError, match="role"):
                await connected.call_tool("update_account", {"account_id": "4711", "values": {"Phone": "1"}})
    done = rows(both, writer)
    assert sorted((row.event, row.outcome, *row.record_ids) for row in done) == [
        ("bulk_update_accounts", "ok", account),
        ("job.ended", "succeeded", account),
        ("update_account", "ok", account),
    ]
    assert {row.connection for row in done} == {"contoso"}
    (refused,) = rows(both, reader)
    assert (refused.event, refused.outcome, refused.connection) == ("update_account", "not_allowed", "acme")
    assert (refused.record_ids, refused.fields) == (["4711"], ["Phone"])


async def test_one_callers_bound_is_not_anothers(both: Companies) -> None:
    busy, quiet = both.token("busy", "acme", "read"), both.token("quiet", "acme", "read")
    outcomes: Counter[str] = Counter()
    with both.serving(ZOHO_MCP_MAX_CALLS_PER_CALLER="2") as server:
        async with web(server.root, busy) as one, web(server.root, quiet) as other:
            await one.post("/mcp", **tool("list_modules"))
            simulator = both.simulators["acme"]
            before = simulator.counters.routes[LIST]
            simulator.faults.add(LIST, "delay", seconds=60, count=None)

            async def ask() -> None:
                content = structured(await one.post("/mcp", **tool("get_accounts", limit=1)))
                outcomes[content.get("error", {"kind": "ok"})["kind"]] += 1

            async def ask_quietly() -> None:
                assert "records" in structured(await other.post("/mcp", **tool("get_accounts", limit=1)))

            async with anyio.create_task_group() as group:
                for _ in range(5):
                    group.start_soon(ask)
                await until(lambda: outcomes.total() >= 3)
                group.start_soon(ask_quietly)
                await until(lambda: simulator.counters.routes[LIST] - before >= 3)
                simulator.faults.clear()
    assert outcomes == {"ok": 2, "rate_limited": 3}


async def test_sessions_of_one_caller_leave_room_for_the_others(both: Companies) -> None:
    greedy, modest = both.token("greedy", "acme", "read"), both.token("modest", "acme", "read")
    with both.serving(ZOHO_MCP_MAX_SESSIONS_PER_CALLER="3") as server:
        async with web(server.root, greedy) as many, web(server.root, modest) as one:
            opened = [await many.post("/mcp", **initialize()) for _ in range(5)]
            disguised = initialize()
            disguised["headers"] = {**disguised["headers"], "Mcp-Method": "tools/list"}
            opened.append(await many.post("/mcp", **disguised))
            assert [answer.status_code for answer in opened] == [200, 200, 200, 429, 429, 429]
            assert int(opened[-1].headers["retry-after"]) > 0
            assert (await one.post("/mcp", **initialize())).status_code == 200
            session = opened[0].headers["mcp-session-id"]
            assert (await many.post("/mcp", **in_session(session, "ping"))).status_code == 200
            assert (await many.delete("/mcp", headers={"Mcp-Session-Id": session})).status_code == 200
            assert (await many.post("/mcp", **initialize())).status_code == 200
