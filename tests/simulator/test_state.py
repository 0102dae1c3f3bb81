"""Seeded data, and state that goes out and comes back."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from zohocrm_mcp.simulator import Simulator


def answers(sim: Simulator, *paths: str) -> list[Any]:
    headers = {"Authorization": f"Zoho-oauthtoken {sim.access_token}"}
    with httpx2.Client(base_url=sim.api_url, headers=headers, trust_env=False) as client:
        found = []
        for path in paths:
            answer = client.get(path)
            body = answer.json() if answer.content else None
            if isinstance(body, dict) and "info" in body:
                del body["info"]
            found.append(body)
        return found


PATHS = (
    "/crm/v8/Accounts?fields=Account_Name,Industry,Annual_Revenue,Owner,Modified_Time,Product_Interests",
    "/crm/v8/Contacts?fields=Full_Name,Email,Account_Name",
    "/crm/v8/Deals?fields=Deal_Name,Amount,Stage,Contact_Name",
    "/crm/v8/Tasks?fields=Subject,What_Id,Due_Date",
    "/crm/v8/settings/fields?module=Accounts",
)


def test_the_same_seed_makes_the_same_organisation() -> None:
    with Simulator(accounts=40, seed=5) as first, Simulator(accounts=40, seed=5) as second:
        assert answers(first, *PATHS) == answers(second, *PATHS)


def test_another_seed_makes_another_organisation() -> None:
    with Simulator(accounts=40, seed=5) as first, Simulator(accounts=40, seed=6) as second:
        assert answers(first, PATHS[0]) != answers(second, PATHS[0])


def test_an_organisation_may_be_empty() -> None:
    with Simulator(accounts=0) as empty:
        assert answers(empty, PATHS[0], PATHS[1], "/crm/v8/Accounts/actions/count") == [None, None, {"count": 0}]


def test_the_data_are_believable(crm: httpx2.Client) -> None:
    fields = "Account_Name,Industry,Annual_Revenue,Account_Status,External_Id,Website"
    records: list[dict[str, Any]] = []
    for page in (1, 2):
        records += crm.get("/crm/v8/Accounts", params={"fields": fields, "page": page}).json()["data"]
    assert len({record["Account_Name"] for record in records}) == 250
    assert len({record["External_Id"] for record in records}) == 250
    technology = [record for record in records if record["Industry"] == "Technology"]
    assert sum(record["Annual_Revenue"] > 1_000_000 for record in technology) > 30
    assert sum(record["Account_Status"] == "Active" for record in records) > 100
    assert all(record["Website"].endswith(".example") for record in records)


def test_state_comes_back_in_another_simulator(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    made = crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Kept"}]}).json()["data"][0]["details"]["id"]
    gone = crm.get("/crm/v8/Accounts", params={"fields": "id", "page": 2, "per_page": 1}).json()["data"][0]["id"]
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Health_Score": 42}]})
    crm.delete(f"/crm/v8/Accounts/{gone}")
    crm.post(f"/crm/v8/Accounts/{account}/Notes", json={"data": [{"Note_Title": "Kept"}]})
    crm.post(f"/crm/v8/Accounts/{account}/actions/add_tags", json={"tags": [{"name": "VIP"}]})
    sim.add_field("Accounts", "Tier", "picklist", values=["A"])
    granted = sim.grant(["ZohoCRM.org.READ"])
    exported = json.loads(json.dumps(httpx2.get(f"{sim.api_url}/_simulator/state", trust_env=False).json()))
    paths = (
        f"/crm/v8/Accounts/{account}",
        f"/crm/v8/Accounts/{made}",
        f"/crm/v8/Accounts/{gone}",
        f"/crm/v8/Accounts/{account}/Notes?fields=Note_Title,Parent_Id",
        "/crm/v8/Accounts/deleted",
        *PATHS,
    )
    with Simulator(accounts=10, seed=99) as other:
        httpx2.put(f"{other.api_url}/_simulator/state", json=exported, trust_env=False).raise_for_status()
        other.state.access_token = sim.state.access_token
        assert answers(other, *paths) == answers(sim, *paths)
        headers = {"Authorization": f"Zoho-oauthtoken {granted['access_token']}"}
        assert httpx2.get(f"{other.api_url}/crm/v8/org", headers=headers, trust_env=False).status_code == 200
        added = httpx2.post(
            f"{other.api_url}/crm/v8/Accounts",
            json={"data": [{"Account_Name": "Next"}]},
            headers={"Authorization": f"Zoho-oauthtoken {other.access_token}"},
            trust_env=False,
        )
        assert added.json()["data"][0]["details"]["id"] > made


def test_a_state_of_another_version_is_refused(sim: Simulator) -> None:
    answer = httpx2.put(f"{sim.api_url}/_simulator/state", json={"version": 0}, trust_env=False)
    assert answer.status_code == 400
    assert "version" in answer.json()["message"]


def test_a_simulator_starts_again_on_its_port() -> None:
    sim = Simulator(accounts=5)
    for _ in range(2):
        sim.start()
        address = sim.api_url
        assert httpx2.get(f"{address}/_simulator", trust_env=False).status_code == 200
        sim.stop()
        assert sim.api_url == address
