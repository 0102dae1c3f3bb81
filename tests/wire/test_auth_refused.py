"""Signing in: everything that goes wrong is a sentence, and leaves no half of a sign-in behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from support.sign_in import consent, newcomer
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.authorisation import home_of, new_request, read_answer
from zohocrm_mcp.connections.listing import listed
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import UnavailableError, ZohoAuthError, ZohoError, ZohoRateLimitError
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.services.authentication.sign_in import SignIn
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

TOKEN = "POST /oauth/v2/token"
ASKED = new_request("http://127.0.0.1:8085/callback", "ZohoCRM.org.READ")
LIVE = Settings.model_validate({"region": "us"})


@pytest.fixture
def settings(simulator: Simulator, database_url: str, tmp_path: Path) -> Settings:
    return newcomer(simulator, database_url, tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Database]:
    database = database_of(settings)
    yield database
    database.close()


async def refused(settings: Settings, store: Database, change: Callable[[str], str] = str) -> ZohoError:
    """How a sign-in ends whose redirect address is changed on the way; nothing may be stored."""
    sign_in = SignIn(settings, store)
    address, request = sign_in.ask()
    with pytest.raises(ZohoError) as caught:
        await sign_in.finish(change(consent(address)), request)
    with store.connection() as db:
        assert listed(db) == []
    return caught.value


async def test_a_code_that_was_used_is_refused_and_the_sign_in_of_its_first_use_stays(
    settings: Settings, store: Database
) -> None:
    sign_in = SignIn(settings, store)
    address, request = sign_in.ask()
    answer = consent(address)
    await sign_in.finish(answer, request)
    with pytest.raises(ZohoAuthError, match="used already") as caught:
        await sign_in.finish(answer, request)
    assert "auth login" in caught.value.hint
    assert [(entry.event, entry.outcome) for entry in Audit(store).read()] == [
        ("auth.signed_in", "ok"),
        ("auth.refused", "code"),
    ]
    with store.connection() as db:
        assert len(listed(db)) == 1


async def test_a_code_that_has_expired_is_refused(settings: Settings, store: Database, simulator: Simulator) -> None:
    def late(answer: str) -> str:
        simulator.clock.advance(600)
        return answer

    assert "has expired" in (await refused(settings, store, late)).message


async def test_a_wrong_secret_is_named_though_zoho_answers_200(
    simulator: Simulator, database_url: str, tmp_path: Path, store: Database
) -> None:
    wrong = newcomer(simulator, database_url, tmp_path, client_secret="f" * 42)
    error = await refused(wrong, store)
    assert "does not accept the client secret" in error.message
    assert "ZOHO_SDK_CLIENT_SECRET" in error.hint
    assert simulator.requests[-1].status == 200


async def test_a_throttled_endpoint_says_how_long_to_wait(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    body = {"error": "Access Denied", "status": "failure"}
    simulator.faults.add(TOKEN, "status", status=400, body=body, count=None)
    error = await refused(settings, store)
    assert isinstance(error, ZohoRateLimitError)
    assert error.retry_after == 600


@pytest.mark.parametrize(("fault", "said"), [("html", "HTTP 502, no JSON"), ("hang", "ReadTimeout")])
async def test_a_token_server_that_does_not_answer_is_said_to(
    simulator: Simulator, database_url: str, tmp_path: Path, store: Database, fault: str, said: str
) -> None:
    simulator.faults.add(TOKEN, fault, count=None)
    seconds = 0.3 if fault == "hang" else 5
    error = await refused(newcomer(simulator, database_url, tmp_path, read_timeout=seconds), store)
    assert isinstance(error, UnavailableError)
    assert said in error.message
    assert simulator.counters.token_calls == 1


async def test_a_person_who_rejects_is_understood(settings: Settings, store: Database) -> None:
    sign_in = SignIn(settings, store)
    address, request = sign_in.ask()
    with pytest.raises(ZohoAuthError, match=r"did not give access \(access_denied\)"):
        await sign_in.finish(consent(address, "reject"), request)


async def test_a_forged_state_sends_nothing_to_zoho(settings: Settings, store: Database, simulator: Simulator) -> None:
    error = await refused(settings, store, lambda answer: answer.replace("state=", "state=x"))
    assert "its state is another one" in error.message
    assert simulator.counters.token_calls == 0


async def test_a_foreign_accounts_server_is_sent_nothing(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    evil = quote("https://accounts.zoho.com.evil.example", safe="")
    error = await refused(
        settings, store, lambda answer: f"{answer.partition('&accounts-server')[0]}&accounts-server={evil}"
    )
    assert "accounts.zoho.com.evil.example" in error.message
    assert simulator.counters.token_calls == 0


async def test_zohos_own_server_is_foreign_where_another_one_was_set(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    simulator.switch(zoho_domains=True)
    assert "'https://accounts.zoho.com'" in (await refused(settings, store)).message


async def test_a_sign_in_without_lasting_access_is_refused(
    settings: Settings, store: Database, simulator: Simulator
) -> None:
    sign_in = SignIn(settings, store)
    address, request = sign_in.ask()
    with pytest.raises(ZohoAuthError, match="no refresh token"):
        await sign_in.finish(consent(address.replace("access_type=offline", "access_type=online")), request)
    assert simulator.counters.token_calls == 1


async def test_a_code_of_another_data_centre_names_the_right_one(
    simulator: Simulator, database_url: str, tmp_path: Path, store: Database
) -> None:
    simulator.switch(datacentre="in", zoho_domains=True)
    here = newcomer(simulator, database_url, tmp_path, api_url="https://www.zohoapis.com")
    with pytest.raises(
        ZohoAuthError, match=r"belongs to another data centre: India \(in, accounts.zoho.in\)"
    ) as caught:
        await SignIn(here, store).finish(simulator.self_client_code(), None)
    assert "ZOHO_SDK_REGION=in" in caught.value.hint


async def test_an_address_that_nobody_waits_for_is_told(settings: Settings, store: Database) -> None:
    with pytest.raises(ZohoAuthError, match="No sign-in waits for this address"):
        await SignIn(settings, store).finish("http://127.0.0.1:8085/callback?code=1&state=2", None)


@pytest.mark.parametrize("region", ["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae", "sg"])
def test_the_code_is_exchanged_where_the_redirect_says_it_is_good(region: str) -> None:
    centre = Settings.model_validate({"region": region}).data_centre
    answer = f"state={ASKED.state}&code=1&location={region}&accounts-server={quote(centre.accounts_url)}"
    code = read_answer(LIVE, ASKED, answer)
    assert (code.home.region, code.home.token_url) == (region, centre.token_url)
    assert code.home.api_url == centre.api_url("production")


@pytest.mark.parametrize(
    ("server", "location"),
    [
        ("https://accounts.zoho.com.evil.example", "us"),
        ("https://accounts.zoho.com@evil.example", "us"),
        ("http://accounts.zoho.com", "us"),
        ("https://accounts.zoho.com:8443", "us"),
        ("https://accounts.zoho.com/evil", "us"),
        ("https://accounts.zoho.eu", "us"),
        ("https://evil.example", ""),
    ],
)
def test_no_other_server_is_believed(server: str, location: str) -> None:
    with pytest.raises(ZohoAuthError, match="which it cannot be"):
        home_of(LIVE, server, location)
