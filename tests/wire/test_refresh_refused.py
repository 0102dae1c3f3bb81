"""Every way the token endpoint has of saying no: each a sentence, shared with everybody, and never a stampede."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from conftest import settings_for
from support.tokens import at_once, keeper_of
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import endpoint
from zohocrm_mcp.connections.keeper import TokenKeeper
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.errors import UnavailableError, ZohoAuthError, ZohoError, ZohoRateLimitError
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.simulator import Simulator

TOKEN = "POST /oauth/v2/token"
ACCESS_DENIED = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}


def refused(keeper: TokenKeeper) -> list[ZohoError]:
    """What each of sixteen threads is told."""
    told = at_once(16, lambda: keeper.current("default"))
    return [error for error in told if isinstance(error, ZohoError)]


def test_a_throttled_endpoint_is_asked_once_and_everybody_waits_for_the_window(
    settings: Settings, simulator: Simulator
) -> None:
    simulator.faults.add(TOKEN, "status", status=400, body=ACCESS_DENIED, count=None)
    with keeper_of(settings) as here, keeper_of(settings) as there:
        errors = [*refused(here), *refused(there)]
    assert len(errors) == 32
    assert all(isinstance(error, ZohoRateLimitError) and 500 < error.retry_after <= 600 for error in errors)
    assert simulator.counters.token_calls == 1


def test_a_revoked_sign_in_is_asked_once_and_everybody_is_told_to_sign_in(
    settings: Settings, simulator: Simulator
) -> None:
    simulator.revoke_tokens()
    with keeper_of(settings) as here, keeper_of(settings) as there:
        errors = [*refused(here), *refused(there)]
    assert len(errors) == 32
    assert {type(error) for error in errors} == {ZohoAuthError}
    assert all("no longer accepts the sign-in 'default'" in error.message for error in errors)
    assert all("zohocrm-mcp auth login" in error.hint for error in errors)
    assert simulator.counters.token_calls == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("html", "HTTP 502, no JSON"),
        ("hang", "ReadTimeout"),
        ("reset_before", "ReadError"),
        ("truncated", "HTTP 200, no JSON"),
    ],
)
def test_a_token_server_that_does_not_answer_is_asked_once_by_all(
    settings: Settings, simulator: Simulator, fault: str, said: str
) -> None:
    simulator.faults.add(TOKEN, fault, count=None)
    seconds = 0.3 if fault == "hang" else settings.read_timeout
    with keeper_of(settings.model_copy(update={"read_timeout": seconds})) as keeper:
        errors = refused(keeper)
    assert len(errors) == 16
    assert {type(error) for error in errors} == {UnavailableError}
    assert all(f"token server did not answer ({said}" in error.message for error in errors)
    assert simulator.counters.token_calls == 1


@pytest.fixture
def dripping() -> Iterator[str]:
    """The address of a server whose answer never ends, a byte at a time."""
    ended = threading.Event()

    def drip(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer, suppress(ConnectionError):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n")
            while not ended.wait(0.02):
                peer.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=[listener])
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        ended.set()
        thread.join(60)


def test_an_answer_without_end_is_given_up(
    dripping: str, simulator: Simulator, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(simulator, database_url, tmp_path, accounts_url=f"{dripping}/oauth/v2/token")
    with keeper_of(settings) as keeper:
        monkeypatch.setattr(endpoint, "MAX_READ_SECONDS", 0.3)  # of the answer, and not of each piece of it
        (error,) = {error.message for error in refused(keeper)}
    assert error == "Zoho's token server did not answer (an answer without end)."


def test_after_an_outage_the_next_one_tries_again(settings: Settings, simulator: Simulator) -> None:
    simulator.faults.add(TOKEN, "html", count=1)
    database = database_of(settings)
    with keeper_of(settings, database=database) as keeper:
        assert len(refused(keeper)) == 16
        with database.connection() as db:
            db.execute("UPDATE zoho_tokens SET failure_until = now()")
        assert keeper.current("default").token
    assert simulator.counters.token_calls == 2


@pytest.mark.parametrize(
    ("wrong", "variable"),
    [
        ({"client_secret": "f" * 42}, "ZOHO_SDK_CLIENT_SECRET"),
        ({"client_id": "1000.UNKNOWN"}, "ZOHO_SDK_CLIENT_ID"),
    ],
)
def test_a_wrong_client_is_named_though_zoho_answers_200(
    simulator: Simulator, database_url: str, tmp_path: Path, wrong: dict[str, str], variable: str
) -> None:
    settings = settings_for(simulator, database_url, tmp_path, **wrong)
    with keeper_of(settings) as keeper:
        errors = refused(keeper)
    assert len(errors) == 16
    assert all(variable in error.hint for error in errors)
    assert simulator.counters.token_calls == 1
    assert simulator.requests[-1].status == 200


def test_a_token_of_another_data_centre_names_the_right_one_and_moves_no_call(
    simulator: Simulator, database_url: str, tmp_path: Path
) -> None:
    simulator.switch(datacentre="eu", zoho_domains=True)
    settings = settings_for(simulator, database_url, tmp_path, api_url="https://www.zohoapis.com")
    with keeper_of(settings) as keeper:
        errors = refused(keeper)
    assert len(errors) == 16
    assert {error.message for error in errors} == {
        "The sign-in 'default' belongs to another data centre: Europe (eu, accounts.zoho.eu)."
    }
    assert {error.hint for error in errors} == {"Set ZOHO_SDK_REGION=eu and run `zohocrm-mcp auth login`."}
    assert simulator.counters.token_calls == 1


def test_a_refusal_is_in_the_audit_log_and_an_outage_is_not(settings: Settings, simulator: Simulator) -> None:
    database = database_of(settings)
    simulator.faults.add(TOKEN, "html", count=1)
    with keeper_of(settings, database=database) as keeper:
        refused(keeper)
        with database.connection() as db:
            db.execute("UPDATE zoho_tokens SET failure_until = now()")
        simulator.revoke_tokens()
        refused(keeper)
        events = [(entry.event, entry.outcome) for entry in Audit(database).read()]
    assert events == [("auth.taken_in", "ok"), ("auth.refused", "invalid_code")]
