"""The log, the counters, and the admin endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator


def admin(sim: Simulator, method: str, path: str, **body: object) -> Any:
    answer = httpx2.request(method, f"{sim.api_url}/_simulator/{path}", json=body or None, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_call_is_logged_with_its_body(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    crm.put(f"/crm/v8/Accounts/{account}?trace=1", json={"data": [{"Health_Score": 4}]})
    entry = sim.requests[-1]
    assert (entry.method, entry.path) == ("PUT", f"/crm/v8/Accounts/{account}")
    assert entry.route == "PUT /crm/v8/{module}/{id}"
    assert entry.query == {"trace": "1"}
    assert entry.headers["authorization"] == f"Zoho-oauthtoken {sim.access_token}"
    assert entry.text == '{"data":[{"Health_Score":4}]}'
    assert entry.status == 200
    assert entry.ended is not None
    assert entry.ended >= entry.started


def test_bodies_are_left_out_when_not_wanted(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    sim.settings.log_bodies = False
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Health_Score": 4}]})
    assert sim.requests[-1].body == b""


def test_counters_count_routes_tokens_and_connections(
    sim: Simulator, crm: httpx2.Client, account: str, token_call: Callable[..., httpx2.Response]
) -> None:
    sim.counters.reset()
    crm.get(f"/crm/v8/Accounts/{account}")
    crm.get(f"/crm/v8/Accounts/{account}")
    token_call()
    assert sim.counters.routes == {"GET /crm/v8/{module}/{id}": 2, "POST /oauth/v2/token": 1}
    assert sim.counters.token_calls == 1
    assert sim.counters.connections == 1
    assert sim.counters.statuses == {200: 3}
    assert sim.counters.peak_concurrency == 1
    assert admin(sim, "GET", "counters")["calls"] == 3


def test_the_log_is_read_and_cleared_over_http(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    crm.get(f"/crm/v8/Accounts/{account}")
    found = admin(sim, "GET", "requests?route=GET /crm/v8/{module}/{id}")["requests"]
    assert [entry["path"] for entry in found] == [f"/crm/v8/Accounts/{account}"]
    admin(sim, "DELETE", "requests")
    assert sim.requests == []


def test_the_admin_endpoint_is_not_in_the_log(sim: Simulator) -> None:
    admin(sim, "GET", "counters")
    assert sim.requests == []
    assert sim.counters.calls == 0


def test_faults_are_scripted_over_http(sim: Simulator, crm: httpx2.Client) -> None:
    admin(sim, "POST", "faults", route="GET /crm/v8/org", kind="status", status=503, count=2)
    assert crm.get("/crm/v8/org").status_code == 503
    assert admin(sim, "GET", "faults")["faults"][0]["hits"] == 1
    admin(sim, "DELETE", "faults")
    assert crm.get("/crm/v8/org").status_code == 200


def test_settings_and_clock_change_over_http(sim: Simulator, crm: httpx2.Client) -> None:
    assert admin(sim, "PATCH", "settings", strict_picklists=True)["strict_picklists"] is True
    assert sim.settings.strict_picklists
    admin(sim, "POST", "clock", advance=3601)
    assert crm.get("/crm/v8/org").status_code == 401


@pytest.mark.parametrize("wrong", [{"profile": "gold"}, {"datacentre": "moon"}])
def test_a_setting_without_sense_is_refused_and_changes_nothing(sim: Simulator, wrong: dict[str, str]) -> None:
    before = sim.switch()
    answer = httpx2.patch(f"{sim.api_url}/_simulator/settings", json=wrong, trust_env=False)
    assert answer.status_code == 400
    assert "must be one of" in answer.json()["message"]
    assert sim.switch() == before


def test_credits_are_used_up_over_http(sim: Simulator, crm: httpx2.Client) -> None:
    assert admin(sim, "POST", "credits", use=57_999) == {"used": 57_999, "total": 58_000}
    assert crm.get("/crm/v8/org").headers["x-api-credits-remaining"] == "0"
    assert crm.get("/crm/v8/org").status_code == 429
    admin(sim, "DELETE", "credits")
    assert crm.get("/crm/v8/org").status_code == 200


def test_tokens_are_made_and_revoked_over_http(sim: Simulator, crm: httpx2.Client) -> None:
    made = admin(sim, "POST", "grant", scopes=["ZohoCRM.org.READ"])
    headers = {"Authorization": f"Zoho-oauthtoken {made['access_token']}"}
    assert crm.get("/crm/v8/org", headers=headers).status_code == 200
    assert crm.get("/crm/v8/users", headers=headers).status_code == 401
    admin(sim, "POST", "revoke_tokens")
    assert crm.get("/crm/v8/org").status_code == 401


def test_a_self_client_is_registered_over_http(sim: Simulator) -> None:
    client = admin(sim, "POST", "register_client", kind="self")
    code = admin(sim, "POST", "self_client_code", scopes=["ZohoCRM.org.READ"], client_id=client["client_id"])["result"]
    form = {**client, "grant_type": "authorization_code", "code": code}
    assert "refresh_token" in httpx2.post(sim.accounts_url, data=form, trust_env=False).json()


def test_fields_come_change_and_go(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    def field(name: str) -> dict[str, Any] | None:
        fields = crm.get("/crm/v8/settings/fields", params={"module": "Accounts"}).json()["fields"]
        return next((each for each in fields if each["api_name"] == name), None)

    admin(sim, "POST", "add_field", module="Accounts", api_name="Tier", data_type="picklist", values=["A", "B"])
    made = field("Tier")
    assert made is not None
    assert [value["actual_value"] for value in made["pick_list_values"]] == ["-None-", "A", "B"]
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Tier": "A"}]})
    assert crm.get(f"/crm/v8/Accounts/{account}").json()["data"][0]["Tier"] == "A"
    admin(sim, "POST", "change_field", module="Accounts", api_name="Tier", values=["C"])
    changed = field("Tier")
    assert changed is not None
    assert [value["actual_value"] for value in changed["pick_list_values"]] == ["-None-", "C"]
    admin(sim, "POST", "remove_field", module="Accounts", api_name="Tier")
    assert field("Tier") is None


def test_a_record_is_changed_by_somebody_else(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    admin(sim, "POST", "put", module="Accounts", record_id=account, Health_Score=11)
    assert crm.get(f"/crm/v8/Accounts/{account}").json()["data"][0]["Health_Score"] == 11


def test_a_wrong_order_is_refused_with_a_sentence(sim: Simulator) -> None:
    for path, body in (("faults", {"kind": "explode"}), ("grant", {"colour": "red"})):
        answer = httpx2.post(f"{sim.api_url}/_simulator/{path}", json=body, trust_env=False)
        assert answer.status_code == 400
        assert answer.json()["code"] == "INVALID_DATA"
    answer = httpx2.patch(f"{sim.api_url}/_simulator/settings", json={"colour": "red"}, trust_env=False)
    assert answer.json()["message"].startswith("ValueError: There is no colour here")


def test_reset_undoes_everything(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    crm.delete(f"/crm/v8/Accounts/{account}")
    sim.settings.strict_picklists = True
    sim.revoke_tokens()
    admin(sim, "POST", "reset")
    assert crm.get(f"/crm/v8/Accounts/{account}").status_code == 200
    assert not sim.settings.strict_picklists
    assert [entry.path for entry in sim.requests] == [f"/crm/v8/Accounts/{account}"]


def test_the_overview_tells_how_many_records_there_are(sim: Simulator) -> None:
    overview = admin(sim, "GET", "")
    assert overview["records"]["Accounts"] == 250
    assert overview["api_url"] == sim.api_url
