"""What else a caller sends: hosts and origins that are not this server's, headers that claim something, odd paths."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from mcp import MCPError

from support.clients import call
from support.tenants import WIRES, Companies, Server, Wire, both_companies  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("http_headers")]

NAMED = {
    "ZOHO_MCP_ALLOWED_HOSTS": "crm.example.com,10.0.0.5:8443",
    "ZOHO_MCP_ALLOWED_ORIGINS": "https://app.example.com",
}


@pytest.fixture(scope="module")
def token(both: Companies) -> str:
    return both.token("caller", "acme", "read")


@pytest.fixture(scope="module")
def server(both: Companies, token: str) -> Iterator[Server]:
    assert token
    with both.serving("--toolsets", "accounts,schema,records,bulk", **NAMED) as running:
        yield running


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.5", "10.0.0.5:80",
     "crm.example.com.evil.example", "", "0.0.0.0", "[::ffff:7f00:1]", "2130706433", "crm.example.com@evil.example"],  # noqa: S104 -- a name in a header
)  # fmt: skip
@pytest.mark.parametrize("path", ["/mcp", "/sse"])
async def test_a_name_that_is_not_this_servers_is_not_answered(
    server: Server, token: str, host: str, path: str
) -> None:
    given = {"Host": host, "Authorization": f"Bearer {token}"}
    answer = httpx2.request("POST" if path == "/mcp" else "GET", f"{server.root}{path}", headers=given)
    assert answer.status_code == 421
    assert "ZOHO_MCP_ALLOWED_HOSTS" in answer.text


@pytest.mark.parametrize(
    "host", ["crm.example.com", "crm.example.com:8443", "10.0.0.5:8443", "localhost:1234", "[::1]", "127.0.0.1"]
)
async def test_a_name_of_this_server_is_answered(server: Server, token: str, host: str) -> None:
    assert server.post(token, Host=host).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com",
     "https://app.example.com:444", "http://127.0.0.1.evil.example", "file://", "http://localhost@evil.example"],
)  # fmt: skip
async def test_a_page_from_elsewhere_is_not_answered(server: Server, token: str, origin: str) -> None:
    answer = server.post(token, Origin=origin)
    assert answer.status_code == 403
    assert "ZOHO_MCP_ALLOWED_ORIGINS" in answer.text


@pytest.mark.parametrize("origin", ["https://app.example.com", "http://localhost:5173", "http://127.0.0.1"])
async def test_a_page_that_is_named_is_answered(server: Server, token: str, origin: str) -> None:
    assert server.post(token, Origin=origin).status_code == 200


CLAIMS = {
    "X-User": "root",
    "X-Connection": "contoso",
    "X-Role": "admin",
    "X-Forwarded-User": "admin",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "evil.example",
    "X-Original-URL": "/healthz",
    "X-Rewrite-URL": "/healthz",
    "X-Zohocrm-Connection": "contoso",
    "Mcp-Connection": "contoso",
    "Mcp-Param-Connection": "contoso",
    "Mcp-Role": "admin",
    "Forwarded": "for=127.0.0.1;host=evil.example",
    "Cookie": "connection=contoso; role=admin",
    "zohocrm_mcp_connection": "contoso",
}


@pytest.mark.parametrize("wire", WIRES)
async def test_headers_that_claim_something_change_nothing(server: Server, token: str, wire: Wire) -> None:
    async with server.client(token, wire, headers=CLAIMS) as client:
        assert (await call(client, "get_accounts", limit=200))["count"] == 30
        assert "update_account" not in {tool.name for tool in (await client.list_tools()).tools}


async def test_headers_that_claim_something_open_no_door(server: Server) -> None:
    assert server.post(**CLAIMS).status_code == 401


@pytest.mark.parametrize("name", ["Mcp-Method", "Mcp-Name"])
async def test_a_header_that_contradicts_the_call_is_refused(server: Server, token: str, name: str) -> None:
    answer = server.post(token, **{name: "tools/call"}) if name == "Mcp-Method" else None
    answer = answer or server.post(token, **{name: "update_account"})
    assert answer.status_code == (400 if name == "Mcp-Method" else 200)


@pytest.mark.parametrize(
    "line",
    [
        b"Authorization: Bearer x\r\n folded",
        b"X-A: b\rAuthorization: c",
        b"X-A: b\nX-Role: admin",
        b"Bad Name: x",
        b"X-A: \x00",
        b"Host: evil.example",
        b"Content-Length: 200",
    ],
)
def test_headers_that_hide_others_are_no_request(server: Server, line: bytes) -> None:
    assert raw(server, b"POST /mcp HTTP/1.1", line).split(b" ")[1] in {b"400", b"401"}


@pytest.mark.parametrize(
    "path",
    ["/healthz/../mcp", "/healthz/..%2fmcp", "/.well-known/../mcp", "/.well-known/..%2f..%2fmcp", "//mcp", "/mcp/",
     "/MCP", "/%6dcp", "/mcp%00", "/mcp;a=b", "/mcp%2f", "/./mcp", "/healthz%3f/mcp", "/\xef\xbd\x8dcp"],
)  # fmt: skip
def test_no_other_spelling_of_a_path_is_a_way_in(server: Server, path: str) -> None:
    answer = raw(server, f"POST {path} HTTP/1.1".encode("latin-1"), b"X-A: b")
    assert answer.split(b" ")[1] in {b"400", b"401", b"404"}
    assert b"jsonrpc" not in answer


def raw(server: Server, request: bytes, line: bytes) -> bytes:
    """Send bytes that no client library would."""
    where = urlsplit(server.root)
    assert where.hostname
    with socket.create_connection((where.hostname, where.port or 80), timeout=10) as wire:
        host = f"Host: {where.netloc}".encode()
        wire.sendall(b"\r\n".join([request, host, line, b"Content-Length: 2", b"Connection: close", b"", b"{}"]))
        answer = b""
        while more := wire.recv(65_536):
            answer += more
    return answer


TRICKS = [
    "../1",
    "1?fields=x",
    "1%2f..%2f2",
    "1/../../settings/modules",
    "\uff11\uff12",
    "1\r\nX: y",
    "1\x00",
    "'; DROP TABLE x --",
    "..",
    "%2e%2e",
]


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_id_and_no_name_leads_to_another_path(both: Companies, server: Server, token: str, trick: str) -> None:
    seen = len(both.simulators["acme"].requests)
    async with server.client(token) as client:
        for tool, given in {
            "get_account": {"account_id": trick},
            "get_record": {"module": trick, "record_id": "1"},
            "describe_module": {"module": trick},
            "get_related_records": {"module": "Accounts", "record_id": "1", "related_list": trick},
            "get_job": {"job_id": trick},
        }.items():
            result = await client.call_tool(tool, given)
            assert result.is_error
            assert result.structured_content is not None
            assert result.structured_content["error"]["kind"] in {"invalid_input", "not_found"}
        for uri in ("crm://accounts/{}", "crm://jobs/{}", "crm://exports/{}", "crm://modules/{}/schema"):
            with pytest.raises(MCPError):
                await client.read_resource(uri.format(trick))
    asked = [entry.path for entry in both.simulators["acme"].requests[seen:]]
    assert not [path for path in asked if ".." in path or "%" in path or "Accounts/1" in path]
