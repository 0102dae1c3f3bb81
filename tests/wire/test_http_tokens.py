"""Bearer tokens at a running server: which open the door, and for how long."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import anyio
import httpx2
import pytest

from support.child import Child, environment, serve
from support.clients import call
from support.postgres import TestCluster
from support.tenants import WIRES, Companies, Server, Wire, both_companies, companies  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("http_tokens")]

KNOWN = "a-token-of-the-environment-0123456789"
SOON = 10.0
"""Seconds within which a revocation holds everywhere, with room for a slow machine."""


@pytest.fixture(scope="module")
def server(both: Companies) -> Iterator[Server]:
    both.token("keeper", "acme")
    with both.serving(ZOHO_MCP_HTTP_TOKENS=f"another-one-of-the-environment-0123456789,{KNOWN}") as running:
        yield running


@pytest.mark.parametrize(
    "given",
    [
        "Bearer zohocrm_mcp_" + "A" * 43,
        "Bearer " + KNOWN[:-1],
        "Bearer " + KNOWN.upper(),
        "Bearer",
        "Basic dXNlcjpwYXNz",
        KNOWN,
        "Bearer " + "A" * 20_000,
        "Bearer zohocrm_mcp_' OR true --",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
    ],
)
async def test_who_brings_no_good_token_stays_outside(server: Server, given: str) -> None:
    answer = server.post(Authorization=given)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="zohocrm-mcp"')


async def test_who_brings_no_token_is_told_so_without_an_error_code(server: Server) -> None:
    answer = server.post()
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="zohocrm-mcp"'
    assert "token" in answer.json()["error_description"]


async def test_two_tokens_at_once_are_none(both: Companies, server: Server) -> None:
    token = both.token("twice", "acme")
    lines = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer other")]
    assert httpx2.post(server.url, headers=lines, json={}).status_code == 401


@pytest.mark.parametrize(
    "path", ["/mcp", "/sse", "/messages/?session_id=00000000000000000000000000000000", "/metrics", "/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "OPTIONS", "HEAD"])
async def test_every_path_is_closed_to_who_brings_no_token(server: Server, path: str, method: str) -> None:
    assert httpx2.request(method, f"{server.root}{path}").status_code == 401


@pytest.mark.parametrize("wire", WIRES)
async def test_a_stored_token_lets_in_over_every_wire(both: Companies, server: Server, wire: Wire) -> None:
    async with server.client(both.token(f"guest-{wire}", "contoso"), wire) as client:
        assert (await call(client, "get_accounts", limit=1))["count"] == 1


async def test_a_token_of_the_environment_writes_over_the_servers_own_connection(both: Companies) -> None:
    with both.serving("--connection", "contoso", ZOHO_MCP_HTTP_TOKENS=KNOWN) as server:
        async with server.client(KNOWN) as client:
            assert "update_account" in {tool.name for tool in (await client.list_tools()).tools}
            assert "zoho_request" not in {tool.name for tool in (await client.list_tools()).tools}
            assert (await call(client, "get_accounts", limit=200))["count"] == 20


async def test_a_token_that_has_expired_is_refused(both: Companies, server: Server) -> None:
    token = both.token("brief", "acme", good_for=timedelta(seconds=1))
    await until(lambda: server.post(token).status_code == 401)
    assert "expired" in server.post(token).headers["WWW-Authenticate"]


async def test_a_revoked_token_is_soon_refused_by_every_replica(both: Companies, server: Server) -> None:
    token = both.token("leaver", "acme")
    with both.serving() as replica:
        for one in (server, replica):
            assert one.post(token).status_code == 200
        both.revoke("leaver")
        for one in (server, replica):
            await until(lambda one=one: one.post(token).status_code == 401)  # type: ignore[misc]


@pytest.mark.parametrize("path", ["/mcp", "/sse"])
async def test_a_stream_ends_soon_after_its_token_is_revoked(both: Companies, server: Server, path: str) -> None:
    name = f"listener-{path[1:]}"
    given = {"Authorization": f"Bearer {both.token(name, 'acme')}"}
    async with httpx2.AsyncClient(headers=given, timeout=SOON, trust_env=False) as http:
        session = await open_session(http, server) if path == "/mcp" else {}
        said = {"Accept": "text/event-stream", **session}
        async with http.stream("GET", f"{server.root}{path}", headers=said) as stream:
            assert stream.status_code == 200
            both.revoke(name)
            with anyio.fail_after(SOON):
                async for _ in stream.aiter_bytes():
                    pass
    assert "Exception in ASGI" not in "".join(map(str, server.child._errors))


async def open_session(http: httpx2.AsyncClient, server: Server) -> dict[str, str]:
    about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    greeting = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
    answer = await http.post(server.url, json=greeting, headers={"Accept": "application/json, text/event-stream"})
    return {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}


async def test_a_session_is_closed_to_every_token_but_its_own(both: Companies, server: Server) -> None:
    mine, other = both.token("owner", "acme"), both.token("colleague", "acme")
    ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {mine}"}, trust_env=False) as http:
        session = {**await open_session(http, server), **accept}
        assert (await http.post(server.url, json=ask, headers=session)).status_code == 200
        theirs = {**session, "Authorization": f"Bearer {other}"}
        assert (await http.post(server.url, json=ask, headers=theirs)).status_code == 404
        assert (await http.delete(server.url, headers=theirs)).status_code == 404
        both.revoke("owner")
        again = {**session, "Authorization": f"Bearer {both.token('owner', 'contoso')}"}
        assert (await http.post(server.url, json=ask, headers=again)).status_code == 404


async def test_a_server_on_the_loopback_is_open_until_there_is_a_token_and_stays_closed_from_then_on(
    postgres_cluster: TestCluster, tmp_path: Path
) -> None:
    with companies(postgres_cluster, tmp_path) as made, made.serving("--connection", "acme") as server:
        async with server.client() as client:
            assert (await call(client, "get_accounts", limit=1))["count"] == 1
        token = made.token("first", "acme")
        await until(lambda: server.post().status_code == 401)
        assert server.post(token).status_code == 200
        made.revoke("first")
        await until(lambda: server.post(token).status_code == 401)
        assert server.post().status_code == 401


async def test_a_stream_of_a_stranger_ends_when_there_is_a_token(postgres_cluster: TestCluster, tmp_path: Path) -> None:
    with companies(postgres_cluster, tmp_path) as made, made.serving("--connection", "acme") as server:
        async with (
            httpx2.AsyncClient(timeout=SOON, trust_env=False) as http,
            http.stream("GET", f"{server.root}/sse") as stream,
        ):
            made.token("first", "acme")
            with anyio.fail_after(SOON):
                async for _ in stream.aiter_bytes():
                    pass


async def test_while_the_database_is_away_a_stored_token_is_neither_good_nor_bad(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"
    env = environment(tmp_path, DATABASE_URL=nowhere, ZOHO_MCP_LOG_FORMAT="json", ZOHO_MCP_HTTP_TOKENS=KNOWN)
    with Child(*serve("--transport", "http", "--port", "0"), env=env, cwd=tmp_path) as child:
        server = Server(child, json.loads(child.error_line('"listening"'))["url"].removesuffix("/mcp"))
        answer = server.post("zohocrm_mcp_" + "A" * 43)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert server.post(KNOWN).status_code == 200
        assert server.post().status_code == 401


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what must soon be so."""
    bound = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < bound
        await anyio.sleep(0.2)
