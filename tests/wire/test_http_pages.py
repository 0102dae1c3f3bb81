"""Pages in browsers: a page of an origin that the settings name may call and read, and no other."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from support.posting import initialize
from support.tenants import Companies, Server, both_companies  # noqa: F401 -- a fixture

pytestmark = pytest.mark.xdist_group("http_pages")

NAMED = ("https://app.example.com", "http://localhost:6274", "https://any.example.com:8443")
OTHERS = (
    *("http://localhost:6275", "http://127.0.0.1", "https://app.example.com.evil.example", "https://appxexample.com"),
    *("http://app.example.com", "https://any.example.com", "https://any.example.com:8443x", "null"),
)
SETTING = {"ZOHO_MCP_ALLOWED_ORIGINS": "https://app.example.com,http://localhost:6274,https://any.example.com:*"}
ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,mcp-method"}


@pytest.fixture(scope="module")
def token(both: Companies) -> str:
    return both.token("page", "acme", "read")


@pytest.fixture(scope="module")
def server(both: Companies, token: str) -> Iterator[Server]:
    assert token
    with both.serving(**SETTING) as running:
        yield running


def opened(server: Server, origin: str, token: str) -> httpx2.Response:
    request = initialize()
    headers = {**request["headers"], "Origin": origin, "Authorization": f"Bearer {token}"}
    return httpx2.post(f"{server.root}/mcp", headers=headers, json=request["json"])


@pytest.mark.parametrize("origin", NAMED)
def test_a_browser_is_told_that_a_named_page_may_call(server: Server, origin: str) -> None:
    answer = httpx2.options(f"{server.root}/mcp", headers={"Origin": origin, **ASKED})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert {"POST", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert "authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("origin", NAMED)
def test_a_named_page_may_read_the_answer_and_its_session(server: Server, token: str, origin: str) -> None:
    answer = opened(server, origin, token)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "Mcp-Session-Id" in answer.headers["access-control-expose-headers"]


def test_a_named_page_may_read_that_its_token_is_wrong(server: Server) -> None:
    answer = opened(server, NAMED[0], "wrong")
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == NAMED[0]
    assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", OTHERS)
def test_a_browser_is_told_nothing_of_the_kind_for_other_pages(server: Server, token: str, origin: str) -> None:
    asked = httpx2.options(f"{server.root}/mcp", headers={"Origin": origin, **ASKED})
    for answer in (asked, opened(server, origin, token)):
        assert "access-control-allow-origin" not in answer.headers


def test_where_no_origin_is_named_no_page_may_read(both: Companies, token: str) -> None:
    with both.serving() as server:
        asked = httpx2.options(f"{server.root}/mcp", headers={"Origin": NAMED[0], **ASKED})
        called = opened(server, "http://localhost:6274", token)
    assert "access-control-allow-origin" not in asked.headers | called.headers
    assert called.status_code == 200
