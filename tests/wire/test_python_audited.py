"""A single change by a script leaves one row in the audit log, as a call of a tool does."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import psycopg
import pytest

from support.callers import environment_of
from zohocrm_mcp import ZohoAPIError, ZohoSDKClient
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.observe.audit import Audit, Entry, Wanted
from zohocrm_mcp.observe.who import process_owner
from zohocrm_mcp.simulator import Simulator

SECRET = "+49 4711 0815"
UPDATE, GET = "PUT /crm/v8/{module}/{id}", "GET /crm/v8/{module}/{id}"


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZohoSDKClient]:
    for variable, value in environment_of(settings).items():
        monkeypatch.setenv(variable, value)
    with ZohoSDKClient(max_retries=0) as opened:
        yield opened


@pytest.fixture
def account(client: ZohoSDKClient) -> str:
    return str(client.get_accounts(limit=1)[0]["id"])


def rows(settings: Settings) -> list[Entry]:
    database = database_of(settings)
    try:
        return Audit(database).read(Wanted(event="update_account"))
    finally:
        database.close()


def test_a_change_leaves_who_what_and_which_fields(settings: Settings, client: ZohoSDKClient, account: str) -> None:
    client.update_account(account, {"phone": SECRET, "Health Score": 7})
    (row,) = rows(settings)
    assert (row.outcome, row.connection, row.who) == ("ok", "default", process_owner())
    assert (row.record_ids, row.fields) == ([account], ["Phone", "Health_Score"])
    assert SECRET not in repr(row)


def test_a_change_that_is_refused_leaves_its_row(settings: Settings, client: ZohoSDKClient, account: str) -> None:
    for given in (account, "1; DROP TABLE\0"):
        with pytest.raises(ZohoAPIError):
            client.update_account(given, {"Colour": "red"})
    with pytest.raises(ZohoAPIError):
        client.update_account(account, {"Phone": object()})
    found = rows(settings)
    assert [(row.outcome, row.record_ids, row.fields) for row in found] == [
        ("invalid_input", [account], ["Colour"]),
        ("invalid_input", [], ["Colour"]),
        ("invalid_input", [account], ["Phone"]),
    ]
    assert {row.detail for row in found} == {""}


def test_a_change_without_an_answer_says_that_it_was_sent(
    settings: Settings, simulator: Simulator, client: ZohoSDKClient, account: str
) -> None:
    client.update_account(account, {"Phone": "1"})
    simulator.faults.add(UPDATE, "reset_after")
    simulator.faults.add(GET, "status", status=500, skip=1, count=None)
    with pytest.raises(ZohoAPIError):
        client.update_account(account, {"Phone": "2"})
    _, cut = rows(settings)
    assert cut.outcome in {"unknown_outcome", "unavailable"}
    assert cut.detail == "a change was sent"


def test_a_change_that_cannot_be_read_back_is_made_all_the_same(
    settings: Settings, simulator: Simulator, client: ZohoSDKClient, account: str
) -> None:
    client.update_account(account, {"Phone": "1"})
    simulator.faults.add(GET, "status", status=500, skip=2, count=None)
    with pytest.raises(ZohoAPIError):
        client.update_account(account, {"Phone": "2"})
    assert [row.outcome for row in rows(settings)] == ["ok", "ok"]


def test_reading_leaves_nothing(settings: Settings, client: ZohoSDKClient, account: str) -> None:
    client.get_account(account)
    assert rows(settings) == []


def test_a_change_stands_also_where_the_log_cannot_be_written(
    settings: Settings, client: ZohoSDKClient, account: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert settings.database_url
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as db:
        db.execute("ALTER TABLE audit_log RENAME TO away")
        with caplog.at_level(logging.ERROR):
            changed = client.update_account(account, {"Phone": "3"})
        db.execute("ALTER TABLE away RENAME TO audit_log")
    assert changed["Phone"] == "3"
    assert "audit row not written" in caplog.text
    assert rows(settings) == []
