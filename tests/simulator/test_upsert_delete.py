"""Upserts, deletions, and the feed of deleted records."""

from __future__ import annotations

from typing import Any

import httpx2

from zohocrm_mcp.simulator import Simulator


def test_an_upsert_adds_what_is_new_and_updates_what_is_there(
    crm: httpx2.Client, accounts: list[dict[str, Any]]
) -> None:
    known = accounts[2]
    records = [{"Account_Name": "Brand new"}, {"Account_Name": known["Account_Name"], "Health_Score": 7}]
    answer = crm.post("/crm/v8/Accounts/upsert", json={"data": records})
    assert answer.status_code == 200
    added, updated = answer.json()["data"]
    assert (added["action"], added["duplicate_field"], added["message"]) == ("insert", None, "record added")
    assert (updated["action"], updated["duplicate_field"]) == ("update", "Account_Name")
    assert updated["details"]["id"] == known["id"]


def test_the_fields_given_are_checked_and_the_system_field_is_not(
    crm: httpx2.Client, accounts: list[dict[str, Any]]
) -> None:
    known = accounts[2]
    records = [
        {"Account_Name": "Renamed", "External_Id": known["External_Id"]},
        {"Account_Name": accounts[3]["Account_Name"]},
    ]
    body = {"data": records, "duplicate_check_fields": ["External_Id"]}
    renamed, twin = crm.post("/crm/v8/Accounts/upsert", json=body).json()["data"]
    assert (renamed["action"], renamed["duplicate_field"]) == ("update", "External_Id")
    assert twin["action"] == "insert"


def test_an_upsert_finds_what_an_upsert_has_added(crm: httpx2.Client) -> None:
    record = {"data": [{"Account_Name": "Twice"}]}
    first = crm.post("/crm/v8/Accounts/upsert", json=record).json()["data"][0]
    second = crm.post("/crm/v8/Accounts/upsert", json=record).json()["data"][0]
    assert (first["action"], second["action"]) == ("insert", "update")
    assert first["details"]["id"] == second["details"]["id"]


def test_an_unknown_check_field_is_refused(crm: httpx2.Client) -> None:
    body = {"data": [{"Account_Name": "X"}], "duplicate_check_fields": ["Nope"]}
    assert crm.post("/crm/v8/Accounts/upsert", json=body).json()["code"] == "INVALID_DATA"


def test_a_deleted_record_is_gone_everywhere(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    gone = accounts[0]
    answer = crm.delete(f"/crm/v8/Accounts/{gone['id']}")
    assert answer.status_code == 200
    assert answer.json()["data"] == [
        {"code": "SUCCESS", "details": {"id": gone["id"]}, "message": "record deleted", "status": "success"}
    ]
    assert crm.get(f"/crm/v8/Accounts/{gone['id']}").status_code == 204
    listed = crm.get("/crm/v8/Accounts", params={"fields": "id"}).json()["data"]
    assert gone["id"] not in [each["id"] for each in listed]
    assert crm.get("/crm/v8/Accounts/actions/count").json() == {"count": 249}
    criteria = f"(Account_Name:equals:{gone['Account_Name']})"
    assert crm.get("/crm/v8/Accounts/search", params={"criteria": criteria}).status_code == 204


def test_deleting_a_record_twice_is_refused(crm: httpx2.Client, account: str) -> None:
    crm.delete(f"/crm/v8/Accounts/{account}")
    answer = crm.delete(f"/crm/v8/Accounts/{account}")
    assert answer.status_code == 400
    assert answer.json()["message"] == "record not deleted"
    assert answer.json()["details"] == {"resource_path_index": 1}


def test_several_records_are_deleted_each_with_its_outcome(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    ids = f"{accounts[0]['id']},5437896100999999999"
    answer = crm.delete("/crm/v8/Accounts", params={"ids": ids})
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json()["data"]] == ["success", "error"]


def test_a_delete_without_ids_or_with_words_is_refused(crm: httpx2.Client) -> None:
    assert crm.delete("/crm/v8/Accounts").json()["code"] == "REQUIRED_PARAM_MISSING"
    assert crm.delete("/crm/v8/Accounts", params={"ids": "a,b"}).json()["code"] == "UNABLE_TO_PARSE_DATA_TYPE"


def test_the_feed_tells_what_was_deleted_and_when(crm: httpx2.Client, account: str) -> None:
    assert crm.get("/crm/v8/Accounts/deleted").status_code == 204
    crm.delete(f"/crm/v8/Accounts/{account}")
    (item,) = crm.get("/crm/v8/Accounts/deleted", params={"type": "recycle"}).json()["data"]
    assert item["id"] == account
    assert item["type"] == "recycle"
    assert item["deleted_by"]["name"] == "Meera Iyer"
    assert crm.get("/crm/v8/Accounts/deleted", params={"type": "permanent"}).status_code == 204


def test_the_feed_forgets(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    crm.delete(f"/crm/v8/Accounts/{account}")
    kinds = []
    for days in (0, 61, 60):
        sim.clock.advance(days * 86_400)
        token = sim.grant()["access_token"]
        answer = crm.get("/crm/v8/Accounts/deleted", headers={"Authorization": f"Zoho-oauthtoken {token}"})
        kinds.append(answer.json()["data"][0]["type"] if answer.status_code == 200 else None)
    assert kinds == ["recycle", "permanent", None]


def test_the_feed_tells_only_what_is_new(crm: httpx2.Client, account: str) -> None:
    crm.delete(f"/crm/v8/Accounts/{account}")
    headers = {"If-Modified-Since": "2099-01-01T00:00:00+00:00"}
    assert crm.get("/crm/v8/Accounts/deleted", headers=headers).status_code == 204
