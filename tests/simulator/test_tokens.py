"""The token endpoint, and tokens in use."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

TokenCall = Callable[..., httpx2.Response]


def works(sim: Simulator, token: str) -> bool:
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    return bool(httpx2.get(f"{sim.api_url}/crm/v8/org", headers=headers, trust_env=False).status_code == 200)


def test_a_refresh_gives_an_access_token_and_no_refresh_token(sim: Simulator, token_call: TokenCall) -> None:
    answer = token_call()
    assert answer.status_code == 200
    body = answer.json()
    assert "refresh_token" not in body
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert re.fullmatch(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}", body["access_token"])
    assert works(sim, body["access_token"])


def test_the_api_domain_is_the_simulators_own(sim: Simulator, token_call: TokenCall) -> None:
    assert token_call().json()["api_domain"] == sim.api_url


def test_the_api_domain_is_zohos_when_asked_for(sim: Simulator, token_call: TokenCall) -> None:
    sim.settings.zoho_domains, sim.settings.datacentre = True, "eu"
    assert token_call().json()["api_domain"] == "https://www.zohoapis.eu"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "1000.NOBODY"}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client_secret"),
        ({"refresh_token": "1000.unknown"}, "invalid_code"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_errors_come_with_http_200(sim: Simulator, wrong: dict[str, str], error: str) -> None:
    form = {
        "client_id": sim.client_id,
        "client_secret": sim.client_secret,
        "refresh_token": sim.refresh_token,
        "grant_type": "refresh_token",
    }
    answer = httpx2.post(sim.accounts_url, data={**form, **wrong}, trust_env=False)
    assert answer.status_code == 200
    assert answer.json() == {"error": error}


def test_the_eleventh_token_in_ten_minutes_is_refused_with_400(sim: Simulator, token_call: TokenCall) -> None:
    assert [token_call().status_code for _ in range(11)] == [200] * 10 + [400]
    assert token_call().json() == {
        "error_description": "You have made too many requests continuously. Please try again after some time.",
        "error": "Access Denied",
        "status": "failure",
    }
    sim.clock.advance(601)
    assert token_call().status_code == 200


def test_the_sixteenth_live_token_ends_the_oldest(sim: Simulator, token_call: TokenCall) -> None:
    tokens = [sim.access_token]
    for number in range(15):
        if number == 10:
            sim.clock.advance(601)
        tokens.append(token_call().json()["access_token"])
    assert [works(sim, token) for token in tokens] == [False] + [True] * 15


def test_an_access_token_ends_after_an_hour(sim: Simulator, crm: httpx2.Client, token_call: TokenCall) -> None:
    sim.clock.advance(3601)
    answer = crm.get("/crm/v8/org")
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "INVALID_TOKEN",
        "details": {},
        "message": "invalid oauth token",
        "status": "error",
    }
    assert works(sim, token_call().json()["access_token"])


def test_a_call_without_token_is_refused(sim: Simulator) -> None:
    answer = httpx2.get(f"{sim.api_url}/crm/v8/org", trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["code"] == "AUTHENTICATION_FAILURE"


def test_bearer_is_refused_unless_switched_on(sim: Simulator) -> None:
    headers = {"Authorization": f"Bearer {sim.access_token}"}
    assert httpx2.get(f"{sim.api_url}/crm/v8/org", headers=headers, trust_env=False).status_code == 401
    sim.settings.accept_bearer = True
    assert httpx2.get(f"{sim.api_url}/crm/v8/org", headers=headers, trust_env=False).status_code == 200


def test_a_revoked_refresh_token_takes_its_access_tokens_along(
    sim: Simulator, crm: httpx2.Client, token_call: TokenCall
) -> None:
    revoke = f"{sim.accounts_url}/revoke"
    answer = httpx2.post(revoke, params={"token": sim.refresh_token}, trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert token_call().json() == {"error": "invalid_code"}
    assert crm.get("/crm/v8/org").json()["code"] == "INVALID_TOKEN"
    assert httpx2.post(revoke, params={"token": sim.refresh_token}, trust_env=False).json() == {"error": "invalid_code"}


def test_tokens_are_revoked_and_expired_at_will(sim: Simulator, crm: httpx2.Client, token_call: TokenCall) -> None:
    sim.expire_access_tokens()
    assert crm.get("/crm/v8/org").status_code == 401
    assert works(sim, token_call().json()["access_token"])
    sim.revoke_tokens()
    assert token_call().json() == {"error": "invalid_code"}


def test_the_form_may_be_multipart_or_in_the_query(sim: Simulator) -> None:
    form = {
        "client_id": sim.client_id,
        "client_secret": sim.client_secret,
        "refresh_token": sim.refresh_token,
        "grant_type": "refresh_token",
    }
    parts = {name: (None, value) for name, value in form.items()}
    for answer in (
        httpx2.post(sim.accounts_url, files=parts, trust_env=False),
        httpx2.post(sim.accounts_url, params=form, trust_env=False),
    ):
        assert "access_token" in answer.json()


def test_client_credentials_need_the_organisation(sim: Simulator, token_call: TokenCall) -> None:
    scope = "ZohoCRM.org.READ"
    assert token_call("client_credentials", scope=scope).json() == {"error": "missing_org_info"}
    answer = token_call("client_credentials", scope=scope, soid="ZohoCRM.690004321").json()
    assert "refresh_token" not in answer
    assert works(sim, answer["access_token"])


def test_introspection_tells_whether_a_token_is_active(sim: Simulator) -> None:
    def ask(token: str) -> dict[str, object]:
        answer = httpx2.post(
            f"{sim.api_url}/oauth/v2/introspect",
            data={"token": token},
            auth=(sim.client_id, sim.client_secret),
            trust_env=False,
        )
        told: dict[str, object] = answer.json()
        return told

    assert ask(sim.access_token)["active"] is True
    assert ask("1000.unknown") == {"active": False}


def test_the_same_seed_makes_the_same_credentials() -> None:
    first, second = Simulator(seed=7), Simulator(seed=7)
    assert first.refresh_token == second.refresh_token
    assert first.access_token == second.access_token
    assert first.client_secret != Simulator(seed=8).client_secret
