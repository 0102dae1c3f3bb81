"""The pooled transport under the SDK: time-outs on every verb, one connection, nothing from the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer

from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Call, Method, Record
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.simulator.log import Entry
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import Opened, open_gateway
from zohocrm_mcp.zoho.session import NoReplyError, SdkSession
from zohocrm_mcp.zoho.transport import Transport

TRICKS = ["../org", "Accounts/1", "Accounts?x=1", "Accounts%2f1", "Accounts#", "Accounts\n", "\uff21ccounts", "", "1"]
ID_TRICKS = ["../1", "1/actions", "1?x", "%31", "\uff11", "1\n", "", "1" * 21, "-1"]
BODY: Record = {"data": [{"id": "1"}]}


@pytest.fixture
def opened(settings: Settings, database: Database) -> Iterator[Opened]:
    opened = open_gateway(settings, database)
    yield opened
    opened.close()


@pytest.fixture
def session(opened: Opened) -> SdkSession:
    """A session that has made a call, so that it holds a token and a connection."""
    session = opened.gateway._exchange._session
    session.request(Call("GET", "/crm/v8/org"))
    return session


def last(simulator: Simulator) -> Entry:
    return simulator.requests[-1]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_every_verb_gives_up_in_time(session: SdkSession, simulator: Simulator, method: Method) -> None:
    session._pool._timeout = (session._pool._timeout[0], 0.3)
    simulator.faults.add("*", "hang")
    with pytest.raises(NoReplyError, match="timed out") as ended:
        session.request(Call(method, "/crm/v8/Accounts/1", body=BODY if method in {"POST", "PUT", "PATCH"} else None))
    assert ended.value.sent


def test_a_call_that_found_nobody_was_not_sent(session: SdkSession, simulator: Simulator) -> None:
    simulator.stop()
    with pytest.raises(NoReplyError) as ended:
        session.request(Call("PUT", "/crm/v8/Accounts/1", body=BODY))
    assert not ended.value.sent


def test_calls_one_after_the_other_share_a_connection(session: SdkSession, simulator: Simulator) -> None:
    before = simulator.counters.connections
    for _ in range(10):
        session.request(Call("GET", "/crm/v8/org"))
    assert simulator.counters.connections - before <= 1
    assert len({entry.connection for entry in simulator.requests[-10:]}) == 1


def test_a_connection_that_the_server_has_closed_is_replaced(session: SdkSession, simulator: Simulator) -> None:
    simulator.faults.add("GET /crm/v8/org", "reset_after")
    with pytest.raises(NoReplyError):
        session.request(Call("GET", "/crm/v8/org"))
    assert session.request(Call("GET", "/crm/v8/org")).status == 200


def test_cookies_are_not_sent_back(session: SdkSession, simulator: Simulator) -> None:
    cookie = {"Set-Cookie": "_zcsr_tmp=secret; path=/"}
    simulator.faults.add("GET /crm/v8/org", status=200, body={"org": []}, headers=cookie)
    session.request(Call("GET", "/crm/v8/org"))
    session.request(Call("GET", "/crm/v8/org"))
    assert "cookie" not in last(simulator).headers


def test_nothing_is_taken_from_the_environment(
    session: SdkSession, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    assert session.request(Call("GET", "/crm/v8/org")).status == 200
    assert last(simulator).headers["authorization"].startswith("Zoho-oauthtoken ")


def test_calls_go_through_a_proxy_that_the_settings_name(session: SdkSession, simulator: Simulator) -> None:
    session._pool = Transport((5.0, 5.0), proxy=simulator.api_url)
    session._hosts = type(session._hosts)("http://crm.invalid", "http://crm.invalid", "http://crm.invalid")
    session.request(Call("GET", "/crm/v8/org"))
    assert last(simulator).headers["host"] == "crm.invalid"


def test_a_path_that_looks_like_a_url_stays_on_its_host(session: SdkSession, simulator: Simulator) -> None:
    session.request(Call("GET", "/crm/v8/http://elsewhere.invalid/"))
    assert last(simulator).path.startswith("/crm/v8/http")


@pytest.mark.parametrize(
    "text", ["Ünïcode & Söhne", "日本語", "a+b&c=d#e?f%2f", "\N{GRINNING FACE}", 'quote " \\ back']
)
def test_texts_arrive_as_they_were_sent(session: SdkSession, simulator: Simulator, text: str) -> None:
    session.request(Call("GET", "/crm/v8/Accounts/search", {"word": text}))
    assert last(simulator).query == {"word": text}
    session.request(Call("POST", "/crm/v8/Accounts", body={"data": [{"Account_Name": text}]}))
    assert json.loads(last(simulator).body) == {"data": [{"Account_Name": text}]}


def test_a_number_that_is_none_is_not_sent(session: SdkSession, simulator: Simulator) -> None:
    before = len(simulator.requests)
    with pytest.raises(Exception, match=r"Out of range float|SDK failed"):
        session.request(Call("POST", "/crm/v8/Accounts", body={"data": [{"Annual_Revenue": float("nan")}]}))
    assert len(simulator.requests) == before


@pytest.mark.anyio
@pytest.mark.parametrize("name", TRICKS)
async def test_a_module_name_reaches_no_other_path(opened: Opened, simulator: Simulator, name: str) -> None:
    before = len(simulator.requests)
    with pytest.raises(InvalidInputError):
        await CrmApi(opened.gateway).list_records(name, ["id"])
    assert len(simulator.requests) == before


@pytest.mark.anyio
@pytest.mark.parametrize("record", ID_TRICKS)
async def test_a_record_id_reaches_no_other_path(opened: Opened, simulator: Simulator, record: str) -> None:
    api, before = CrmApi(opened.gateway), len(simulator.requests)
    for call in (
        api.get_record("Accounts", record),
        api.delete("Accounts", record),
        api.related("Accounts", record, "Notes"),
    ):
        with pytest.raises(InvalidInputError):
            await call
    assert len(simulator.requests) == before


def test_a_thread_that_has_made_a_call_keeps_nothing_of_it(session: SdkSession) -> None:
    def call_and_look() -> object:
        session.request(Call("GET", "/crm/v8/org"))
        return getattr(Initializer.LOCAL, "init", None)

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(call_and_look).result() is None
