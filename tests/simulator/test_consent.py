"""Signing in: the consent page, codes, PKCE, devices."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

REDIRECT = "http://127.0.0.1:8085/callback"
VERIFIER = "v" * 64
TokenCall = Callable[..., httpx2.Response]


def request_for(sim: Simulator, **more: str) -> dict[str, str]:
    asked = {
        "client_id": sim.client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "ZohoCRM.modules.ALL,ZohoCRM.org.READ",
        "access_type": "offline",
        "state": "a&b",
    }
    return {**asked, **more}


def decide(sim: Simulator, decision: str = "accept", **more: str) -> dict[str, str]:
    """What the redirect carries after a decision."""
    form = {**request_for(sim, **more), "decision": decision}
    answer = httpx2.post(f"{sim.api_url}/oauth/v2/auth", data=form, trust_env=False)
    assert answer.status_code == 302
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def test_the_page_shows_the_scopes_and_asks(sim: Simulator) -> None:
    page = httpx2.get(f"{sim.api_url}/oauth/v2/auth", params=request_for(sim), trust_env=False)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for text in ("ZohoCRM.modules.ALL", 'value="accept"', 'value="reject"', "Meera Iyer"):
        assert text in page.text


def test_an_acceptance_redirects_with_code_and_data_centre(sim: Simulator) -> None:
    back = decide(sim)
    assert back["state"] == "a&b"
    assert back["location"] == "us"
    assert back["accounts-server"] == sim.api_url
    assert back["code"].startswith("1000.")


@pytest.mark.parametrize(
    ("centre", "server"), [("eu", "https://accounts.zoho.eu"), ("ca", "https://accounts.zohocloud.ca")]
)
def test_other_data_centres_name_themselves(sim: Simulator, centre: str, server: str) -> None:
    sim.settings.datacentre, sim.settings.zoho_domains = centre, True
    back = decide(sim)
    assert (back["location"], back["accounts-server"]) == (centre, server)


def test_a_refusal_redirects_with_an_error(sim: Simulator) -> None:
    assert decide(sim, "reject") == {"state": "a&b", "error": "access_denied"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"client_id": "1000.NOBODY"}, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1:8085/other"}, "invalid_redirect_uri"),
        ({"response_type": "token"}, "invalid_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
def test_a_wrong_request_is_an_error_page(sim: Simulator, wrong: dict[str, str], code: str) -> None:
    page = httpx2.get(f"{sim.api_url}/oauth/v2/auth", params=request_for(sim, **wrong), trust_env=False)
    assert page.status_code == 400
    assert code in page.text


def test_a_code_becomes_tokens_once(sim: Simulator, token_call: TokenCall) -> None:
    code = decide(sim, prompt="consent")["code"]
    answer = token_call("authorization_code", code=code, redirect_uri=REDIRECT).json()
    assert {"access_token", "refresh_token", "api_domain", "expires_in"} <= set(answer)
    assert answer["scope"] == "ZohoCRM.modules.ALL ZohoCRM.org.READ"
    again = token_call("authorization_code", code=code, redirect_uri=REDIRECT)
    assert again.json() == {"error": "invalid_code"}


def test_a_code_ends_after_two_minutes(sim: Simulator, token_call: TokenCall) -> None:
    code = decide(sim)["code"]
    sim.clock.advance(121)
    assert token_call("authorization_code", code=code, redirect_uri=REDIRECT).json() == {"error": "invalid_code"}


def test_a_code_belongs_to_its_redirect_address(sim: Simulator, token_call: TokenCall) -> None:
    code = decide(sim)["code"]
    answer = token_call("authorization_code", code=code, redirect_uri="http://127.0.0.1:1/")
    assert answer.json() == {"error": "invalid_redirect_uri"}


def test_a_second_refresh_token_needs_consent(sim: Simulator, token_call: TokenCall) -> None:
    answers = [
        token_call("authorization_code", code=decide(sim, **more)["code"], redirect_uri=REDIRECT).json()
        for more in ({}, {}, {"prompt": "consent"})
    ]
    assert ["refresh_token" in answer for answer in answers] == [True, False, True]


def test_online_access_gives_no_refresh_token(sim: Simulator, token_call: TokenCall) -> None:
    code = decide(sim, access_type="online", prompt="consent")["code"]
    assert "refresh_token" not in token_call("authorization_code", code=code, redirect_uri=REDIRECT).json()


def challenge() -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.mark.parametrize(("method", "sent"), [("S256", challenge()), ("plain", VERIFIER)])
def test_a_code_with_a_challenge_needs_its_verifier(
    sim: Simulator, token_call: TokenCall, method: str, sent: str
) -> None:
    for verifier, works in (("w" * 64, False), (VERIFIER, True)):
        code = decide(sim, code_challenge=sent, code_challenge_method=method)["code"]
        answer = token_call("authorization_code", code=code, redirect_uri=REDIRECT, code_verifier=verifier).json()
        assert ("access_token" in answer) is works


def test_a_public_client_signs_in_without_a_secret(sim: Simulator) -> None:
    client = sim.register_client("public", [REDIRECT])["client_id"]
    bare = httpx2.get(f"{sim.api_url}/oauth/v2/auth", params=request_for(sim, client_id=client), trust_env=False)
    assert bare.status_code == 400
    code = decide(sim, client_id=client, code_challenge=challenge(), code_challenge_method="S256")["code"]
    form = {
        "client_id": client,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    answer = httpx2.post(sim.accounts_url, data=form, trust_env=False).json()
    assert "refresh_token" in answer


def test_a_self_clients_code_needs_no_redirect_address(sim: Simulator, token_call: TokenCall) -> None:
    code = sim.self_client_code(["ZohoCRM.org.READ"], minutes=10)
    sim.clock.advance(599)
    answer = token_call("authorization_code", code=code).json()
    assert answer["scope"] == "ZohoCRM.org.READ"
    assert "refresh_token" in answer


def test_another_user_may_sign_in(sim: Simulator, token_call: TokenCall) -> None:
    other = next(user for user in sim.state.users.active if user.first_name == "Grace")
    code = decide(sim, user_id=str(other.id), scope="ZohoCRM.users.READ")["code"]
    access = token_call("authorization_code", code=code, redirect_uri=REDIRECT).json()["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {access}"}
    answer = httpx2.get(f"{sim.api_url}/crm/v8/users", params={"type": "CurrentUser"}, headers=headers, trust_env=False)
    assert answer.json()["users"][0]["full_name"] == "Grace Mwangi"


def test_the_eleventh_code_in_ten_minutes_is_denied(sim: Simulator) -> None:
    outcomes = [decide(sim) for _ in range(11)]
    assert ["code" in outcome for outcome in outcomes] == [True] * 10 + [False]
    assert outcomes[-1]["error"] == "access_denied"


def test_a_device_waits_until_somebody_accepts(sim: Simulator) -> None:
    begun = httpx2.post(
        f"{sim.api_url}/oauth/v3/device/code",
        data={"client_id": sim.client_id, "scope": "ZohoCRM.org.READ", "grant_type": "device_request"},
        trust_env=False,
    ).json()

    def poll() -> dict[str, str]:
        form = {
            "client_id": sim.client_id,
            "client_secret": sim.client_secret,
            "grant_type": "device_token",
            "code": begun["device_code"],
        }
        told: dict[str, str] = httpx2.post(f"{sim.api_url}/oauth/v3/device/token", data=form, trust_env=False).json()
        return told

    assert poll() == {"error": "authorization_pending"}
    assert poll() == {"error": "slow_down"}
    form = {"user_code": begun["user_code"], "decision": "accept"}
    assert httpx2.post(begun["verification_url"], data=form, trust_env=False).status_code == 200
    assert "refresh_token" in poll()


def test_the_accounts_server_tells_of_the_others(sim: Simulator) -> None:
    told = httpx2.get(f"{sim.api_url}/oauth/serverinfo", trust_env=False).json()
    assert told["locations"]["jp"] == "https://accounts.zoho.jp"
    discovery = httpx2.get(f"{sim.api_url}/.well-known/openid-configuration", trust_env=False).json()
    assert discovery["token_endpoint"] == sim.accounts_url
