"""Who leaves in the middle of a request, whatever the revision of the protocol, is no fault of the server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from support.posting import LEGACY, MODERN, initialize
from support.tenants import Companies, Server, both_companies  # noqa: F401 -- a fixture
from support.watching import until

pytestmark = pytest.mark.xdist_group("http_leaving")

LEFT = "left before its request was whole"


@pytest.fixture(scope="module")
def token(both: Companies) -> str:
    return both.token("of-acme", "acme")


@pytest.fixture
def server(both: Companies, token: str) -> Iterator[Server]:
    assert token
    with both.serving() as running:
        yield running


def leave(server: Server, path: str, token: str, **headers: str) -> None:
    """Announce a body, send the beginning of it, and hang up."""
    where = urlsplit(server.root)
    said = {
        "Host": where.netloc,
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Content-Length": "1000",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", '{"jsonrpc"']
    with socket.create_connection((str(where.hostname), where.port or 80)) as connection:
        connection.sendall("\r\n".join(lines).encode())


def logged_of_leaving(server: Server) -> str:
    """Everything that the server has logged once it has noticed."""
    until(lambda: LEFT in _logged(server))
    server.child.process.terminate()
    server.child.exit_code()
    return server.child.errors()


def _logged(server: Server) -> str:
    return b"".join(server.child._errors).decode()


def told_calmly(logged: str) -> bool:
    return logged.count(LEFT) == 1 and "Traceback" not in logged and '"error"' not in logged


def test_a_request_of_the_stateless_revision(server: Server, token: str) -> None:
    leave(server, "/mcp", token, MCP_Protocol_Version=MODERN, Mcp_Method="tools/list")
    assert told_calmly(logged_of_leaving(server))


def test_a_request_that_would_have_opened_a_session(server: Server, token: str) -> None:
    leave(server, "/mcp", token)
    assert told_calmly(logged_of_leaving(server))


def test_a_request_of_a_session_which_goes_on(server: Server, token: str) -> None:
    about = initialize()
    said = {**about["headers"], "Authorization": f"Bearer {token}"}
    session = httpx2.post(server.url, json=about["json"], headers=said).headers["mcp-session-id"]
    of_session = {"MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": session}
    leave(server, "/mcp", token, **of_session)
    until(lambda: LEFT in _logged(server))
    asked = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}
    assert '"tools"' in httpx2.post(server.url, json=asked, headers={**said, **of_session}).text
    assert told_calmly(logged_of_leaving(server))


def test_a_message_beside_a_stream(server: Server, token: str) -> None:
    with httpx2.stream("GET", f"{server.root}/sse", headers={"Authorization": f"Bearer {token}"}) as stream:
        path = next(line for line in stream.iter_lines() if line.startswith("data: ")).removeprefix("data: ")
        leave(server, path, token)
        until(lambda: LEFT in _logged(server))
    assert told_calmly(logged_of_leaving(server))
