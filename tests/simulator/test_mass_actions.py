"""Mass update, mass delete, tags, clones and owners."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator


def view_named(crm: httpx2.Client, name: str) -> str:
    views = crm.get("/crm/v8/settings/custom_views", params={"module": "Accounts"}).json()["custom_views"]
    return str(next(view["id"] for view in views if view["name"] == name))


def read(crm: httpx2.Client, record_id: str) -> dict[str, Any]:
    found: dict[str, Any] = crm.get(f"/crm/v8/Accounts/{record_id}").json()["data"][0]
    return found


def test_ids_are_updated_at_once(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    ids = [accounts[0]["id"], accounts[1]["id"], "5"]
    body = {"data": [{"Account_Status": "On Hold"}], "ids": ids, "over_write": True}
    answer = crm.post("/crm/v8/Accounts/actions/mass_update", json=body)
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json()["data"]] == ["success", "success", "error"]
    assert read(crm, ids[0])["Account_Status"] == "On Hold"


def test_a_view_is_updated_by_a_job(sim: Simulator, crm: httpx2.Client) -> None:
    sim.settings.bulk_job_seconds = 100
    path, body = "/crm/v8/Accounts/actions/mass_update", {"data": [{"Rating": "Shut Down"}]}
    view = view_named(crm, "Active Accounts")
    answer = crm.post(path, json={**body, "cvid": view}).json()["data"][0]
    assert answer["message"] == "mass update scheduled successfully"
    job = {"job_id": answer["details"]["job_id"]}

    def status() -> dict[str, Any]:
        found: dict[str, Any] = crm.get(path, params=job).json()["data"][0]
        return found

    assert status()["Status"] == "SCHEDULED"
    again = crm.post(path, json={**body, "cvid": view})
    assert again.status_code == 202
    assert again.json()["data"][0]["code"] == "ALREADY_SCHEDULED"
    sim.clock.advance(50)
    assert status()["Status"] == "RUNNING"
    sim.clock.advance(51)
    done = status()
    assert done["Status"] == "COMPLETED"
    assert done["Updated_Count"] == done["Total_Count"] > 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"data": [{"Rating": "Active", "Fax": "1"}], "ids": ["5"]}, "LIMIT_EXCEEDED"),
        ({"data": [{"Rating": "Active"}]}, "EXPECTED_FIELD_MISSING"),
        ({"data": [{"Rating": "Active"}], "ids": ["5"] * 501}, "LIMIT_EXCEEDED"),
        ({"ids": ["5"]}, "INVALID_DATA"),
    ],
)
def test_wrong_mass_updates_are_refused(crm: httpx2.Client, body: dict[str, Any], code: str) -> None:
    assert crm.post("/crm/v8/Accounts/actions/mass_update", json=body).json()["code"] == code


def test_unique_and_lookup_fields_are_no_matter_of_mass_update(crm: httpx2.Client, account: str) -> None:
    for name in ("External_Id", "Parent_Account", "Description", "Created_Time"):
        body = {"data": [{name: "x"}], "ids": [account]}
        answer = crm.post("/crm/v8/Accounts/actions/mass_update", json=body)
        assert answer.json()["data"][0]["details"]["api_name"] == name


def test_ids_and_views_are_deleted(crm: httpx2.Client, account: str) -> None:
    path = "/crm/v8/Accounts/actions/mass_delete"
    item = crm.post(path, json={"ids": [account]}).json()["data"][0]
    assert item["message"] == "record is deleted"
    assert crm.get(f"/crm/v8/Accounts/{account}").status_code == 204
    view = view_named(crm, "Active Accounts")
    job = crm.post(path, json={"cvid": view}).json()["data"][0]["details"]["job_id"]
    done = crm.get(path, params={"job_id": job}).json()["data"][0]
    assert done["Deleted_Count"] == done["Total_Count"] > 0
    assert crm.get("/crm/v8/Accounts", params={"fields": "id", "cvid": view}).status_code == 204


def test_tags_are_added_and_removed(crm: httpx2.Client, account: str) -> None:
    path = f"/crm/v8/Accounts/{account}/actions"
    added = crm.post(f"{path}/add_tags", json={"tags": [{"name": "VIP"}, {"name": "Gold"}]}).json()["data"][0]
    assert added["message"] == "tags updated successfully"
    assert [tag["name"] for tag in added["details"]["tags"]] == ["VIP", "Gold"]
    crm.post(f"{path}/remove_tags", json={"tags": [{"name": "VIP"}]})
    assert [tag["name"] for tag in read(crm, account)["Tag"]] == ["Gold"]
    crm.post(f"{path}/add_tags", json={"tags": [{"name": "New"}], "over_write": True})
    assert [tag["name"] for tag in read(crm, account)["Tag"]] == ["New"]
    known = crm.get("/crm/v8/settings/tags", params={"module": "Accounts"}).json()["tags"]
    assert {tag["name"] for tag in known} == {"VIP", "Gold", "New"}


def test_many_records_are_tagged_with_counts_as_texts(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    ids = [record["id"] for record in accounts[:3]]
    path = "/crm/v8/Accounts/actions/add_tags"
    answer = crm.post(path, json={"tags": [{"name": "VIP"}], "ids": ids}).json()
    assert (answer["success_count"], answer["locked_count"]) == ("3", "0")
    in_query = crm.post(path, params={"ids": ",".join(ids)})
    assert in_query.json()["details"] == {"expected_data_type": "jsonobject"}


def test_tags_of_a_module_are_made_once(crm: httpx2.Client) -> None:
    body, params = {"tags": [{"name": "Key", "color_code": "#57B1FD"}]}, {"module": "Accounts"}
    assert crm.get("/crm/v8/settings/tags", params=params).status_code == 204
    assert crm.post("/crm/v8/settings/tags", params=params, json=body).status_code == 201
    again = crm.post("/crm/v8/settings/tags", params=params, json=body)
    assert again.json()["tags"][0]["code"] == "DUPLICATE_DATA"


def test_a_clone_takes_everything_but_what_is_unique(crm: httpx2.Client, account: str) -> None:
    answer = crm.post(f"/crm/v8/Accounts/{account}/actions/clone", json={"data": [{"Account_Name": "Twin"}]})
    assert answer.status_code == 201
    twin, original = read(crm, answer.json()["data"][0]["details"]["id"]), read(crm, account)
    assert twin["Account_Name"] == "Twin"
    assert twin["External_Id"] is None
    assert twin["Billing_City"] == original["Billing_City"]


def test_records_change_hands(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    ids = [record["id"] for record in accounts[:2]]
    owner = crm.get("/crm/v8/users", params={"type": "ActiveUsers"}).json()["users"][4]
    body = {"owner": {"id": owner["id"]}}
    assert crm.post(f"/crm/v8/Accounts/{ids[0]}/actions/change_owner", json=body).status_code == 200
    crm.post("/crm/v8/Accounts/actions/change_owner", json={**body, "ids": ids})
    assert {read(crm, each)["Owner"]["id"] for each in ids} == {owner["id"]}


def test_the_timeline_tells_of_the_last_change(crm: httpx2.Client, account: str) -> None:
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Health_Score": 1}]})
    entries = crm.get(f"/crm/v8/Accounts/{account}/__timeline").json()["__timeline"]
    assert [entry["action"] for entry in entries] == ["updated", "added"]
    assert entries[0]["done_by"]["name"] == "Meera Iyer"
