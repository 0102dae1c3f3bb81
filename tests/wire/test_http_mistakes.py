"""Mistakes of a client over real HTTP, answered by the codes that the protocol, JSON-RPC and HTTP have for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from support.serving import Served, serving

LATEST, STATELESS = "2025-11-25", "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": STATELESS,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
TEMPLATE = {"type": "ref/resource", "uri": "crm://modules/{module}/schema"}
PROMPT = {"type": "ref/prompt", "name": "account_review"}
INVALID_PARAMS: list[tuple[str, dict[str, Any]]] = [
    ("tools/call", {"name": "nope", "arguments": {}}),
    ("tools/call", {"name": "get_account", "arguments": []}),
    ("prompts/get", {"name": "nope"}),
    ("prompts/get", {"name": "account_review"}),
    ("prompts/get", {"name": "account_review", "arguments": {"account": "A", "colour": "red"}}),
    ("resources/read", {"uri": "crm://nowhere"}),
    ("resources/read", {"uri": "file:///etc/passwd"}),
    ("tools/list", {"cursor": "nope"}),
    ("prompts/list", {"cursor": "nope"}),
    ("resources/list", {"cursor": "nope"}),
    ("resources/templates/list", {"cursor": "nope"}),
    ("completion/complete", {"ref": {**TEMPLATE, "uri": "crm://nowhere/{x}"}, "argument": {"name": "x", "value": ""}}),
    ("completion/complete", {"ref": TEMPLATE, "argument": {"name": "colour", "value": ""}}),
    ("completion/complete", {"ref": PROMPT, "argument": {"name": "colour", "value": ""}}),
    ("completion/complete", {"ref": {"type": "ref/nope"}, "argument": {"name": "x", "value": ""}}),
]
NO_MESSAGE = [
    b"5",
    b"[]",
    b'"ping"',
    b'{"id": 1, "method": "ping"}',
    b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}',
    b'{"jsonrpc": "2.0", "id": null, "method": "ping"}',
    b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}',
    b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}',
    b'{"jsonrpc": "2.0", "id": 1, "method": 7}',
    b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}',
    b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]',
]
NO_JSON = [b"", b"{", b"\xff\xfe", b"ping", b"[" * 100_000]


class Web:
    """Speaks HTTP to the server as a client of one revision."""

    def __init__(self, client: httpx2.Client, url: str, revision: str) -> None:
        self.client, self.url, self.revision = client, url, revision
        self.headers = {**ACCEPT, "mcp-protocol-version": revision}
        if revision == LATEST:
            about = {"protocolVersion": LATEST, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
            self.headers["mcp-session-id"] = self.ask("initialize", about).headers["mcp-session-id"]

    def send(self, body: bytes, method: str = "POST", /, **headers: str | None) -> httpx2.Response:
        """Send with headers changed; None leaves one out. Underscores in their names are hyphens."""
        changed = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        kept = {name: value for name, value in changed.items() if value is not None}
        return self.client.request(method, self.url, headers=kept, content=body)

    def ask(self, method: str, params: dict[str, Any]) -> httpx2.Response:
        stateless = self.revision == STATELESS
        given = {**params, "_meta": META} if stateless else params
        named = {"mcp_method": method, "mcp_name": params.get("name") or params.get("uri")} if stateless else {}
        body = {"jsonrpc": "2.0", "id": "7", "method": method, "params": given}
        return self.send(json.dumps(body).encode(), **named)


def error_of(response: httpx2.Response) -> dict[str, Any]:
    """Return the error of an answer, which may come as an event."""
    text = response.text
    data = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: {")]
    error: dict[str, Any] = json.loads(data[-1] if data else text)["error"]
    return error


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("mistakes"), "http+sse") as running:
        yield running


@pytest.fixture(scope="module", params=[LATEST, STATELESS])
def web(request: pytest.FixtureRequest, served: Served) -> Iterator[Web]:
    with httpx2.Client(timeout=60, trust_env=False) as client:
        yield Web(client, served.http, request.param)


@pytest.mark.parametrize(("method", "params"), INVALID_PARAMS)
def test_what_is_unknown_or_does_not_fit_is_invalid_params(web: Web, method: str, params: dict[str, Any]) -> None:
    answer = web.ask(method, params)
    assert error_of(answer)["code"] == -32602
    assert answer.status_code == (400 if web.revision == STATELESS else 200)


def test_an_unknown_method_is_told(web: Web) -> None:
    answer = web.ask("accounts/paint", {})
    assert error_of(answer)["code"] == -32601
    assert answer.status_code == (404 if web.revision == STATELESS else 200)


def test_a_level_of_logging_that_there_is_not_is_told_where_there_are_levels(web: Web) -> None:
    code = error_of(web.ask("logging/setLevel", {"level": "loud"}))["code"]
    assert code == (-32601 if web.revision == STATELESS else -32602)


@pytest.mark.parametrize("body", NO_JSON)
def test_a_body_that_is_no_json_is_a_parse_error(web: Web, body: bytes) -> None:
    answer = web.send(body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32700
    assert answer.json()["id"] is None


@pytest.mark.parametrize("body", NO_MESSAGE)
def test_a_body_that_is_no_message_is_an_invalid_request(web: Web, body: bytes) -> None:
    answer = web.send(body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32600
    assert answer.json()["id"] is None


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/jsonp", None])
def test_another_content_type_is_not_supported(web: Web, kind: str | None) -> None:
    answer = web.send(json.dumps(PING).encode(), content_type=kind)
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == -32600


def test_a_content_type_may_name_its_charset(web: Web) -> None:
    assert web.send(b"{", content_type="application/json; charset=utf-8").json()["error"]["code"] == -32700


@pytest.mark.parametrize("kind", ["text/plain", "image/png"])
def test_a_client_that_accepts_none_of_the_answers_there_are_is_told(web: Web, kind: str) -> None:
    body = {**PING, "method": "tools/list", "params": {"_meta": META}}
    assert web.send(json.dumps(body).encode(), accept=kind, mcp_method="tools/list").status_code == 406


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods_of_http_are_not_allowed(web: Web, method: str) -> None:
    answer = web.send(b"", method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


def test_the_stateless_revision_has_neither_streams_nor_sessions(web: Web) -> None:
    expected = 405 if web.revision == STATELESS else 404
    assert web.send(b"", "GET", mcp_session_id="f" * 32).status_code == expected
    assert web.send(b"", "DELETE", mcp_session_id="f" * 32).status_code == expected


def test_a_revision_that_there_is_not_is_refused(web: Web) -> None:
    assert web.send(json.dumps(PING).encode(), mcp_protocol_version="1999-01-01").status_code == 400


@pytest.fixture
def session(served: Served) -> Iterator[Web]:
    with httpx2.Client(timeout=60, trust_env=False) as client:
        yield Web(client, served.http, LATEST)


def test_a_session_that_has_ended_or_never_was_is_not_found(session: Web) -> None:
    ping = json.dumps(PING).encode()
    assert session.send(ping).status_code == 200
    assert session.send(ping, mcp_session_id="f" * 32).status_code == 404
    assert session.send(ping, mcp_session_id=None).status_code == 400
    assert session.send(b"", "DELETE").status_code == 200
    assert session.send(ping).status_code == 404


@pytest.fixture
def posted(served: Served) -> Iterator[Web]:
    """The endpoint of the older transport that takes messages, with a session that there is not."""
    with httpx2.Client(timeout=60, trust_env=False) as client:
        yield Web(client, served.sse.replace("/sse", "/messages/?session_id=" + "f" * 32), STATELESS)


def test_over_sse_a_session_that_there_is_not_is_not_found(posted: Web) -> None:
    assert posted.send(json.dumps(PING).encode()).status_code == 404
    posted.url = posted.url.replace("f" * 32, "nonsense")
    assert posted.send(json.dumps(PING).encode()).status_code == 400
    assert posted.send(json.dumps(PING).encode(), content_type="text/plain").status_code == 415
    assert posted.send(json.dumps(PING).encode(), "PUT").status_code == 405


def test_over_sse_garbage_is_told_by_its_own_code(served: Served) -> None:
    with httpx2.Client(timeout=60, trust_env=False) as client, client.stream("GET", served.sse) as events:
        lines = events.iter_lines()
        endpoint = next(line.removeprefix("data: ") for line in lines if line.startswith("data: "))
        url = served.sse.removesuffix("/sse") + endpoint
        codes = [client.post(url, headers=ACCEPT, content=body).json()["error"]["code"] for body in (b"{", b"[]")]
        assert codes == [-32700, -32600]
        assert client.post(url, headers=ACCEPT, json=PING).status_code == 202
        answers = (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {"))
        assert next(one for one in answers if one.get("id") == 1)["result"] == {}
