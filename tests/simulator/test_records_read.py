"""Lists of records and single records."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx2

from zohocrm_mcp.simulator import Simulator


def test_a_list_without_fields_is_refused(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/Accounts")
    assert answer.status_code == 400
    assert answer.json()["code"] == "REQUIRED_PARAM_MISSING"
    assert answer.json()["details"] == {"param_name": "fields"}


def test_a_list_takes_fifty_fields_at_most(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/Accounts", params={"fields": ",".join(f"F{number}" for number in range(51))})
    assert answer.json()["code"] == "LIMIT_EXCEEDED"
    assert answer.json()["details"] == {"limit": 50, "param_name": "fields"}


def test_a_list_has_the_fields_asked_for_and_the_id(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/Accounts", params={"fields": "Account_Name,Fax,Nope", "per_page": 3})
    assert answer.status_code == 200
    assert [set(record) for record in answer.json()["data"]] == [{"Account_Name", "Fax", "id"}] * 3
    assert answer.json()["data"][0]["Fax"] is None


def test_ids_are_texts_of_nineteen_digits(accounts: list[dict[str, Any]]) -> None:
    assert all(re.fullmatch(r"\d{19}", record["id"]) for record in accounts)


def test_a_list_is_newest_first_unless_told_otherwise(crm: httpx2.Client) -> None:
    down = crm.get("/crm/v8/Accounts", params={"fields": "id"}).json()["data"]
    up = crm.get("/crm/v8/Accounts", params={"fields": "id", "sort_order": "asc"}).json()["data"]
    assert [each["id"] for each in down] == sorted((each["id"] for each in down), reverse=True)
    assert [each["id"] for each in up] == sorted(each["id"] for each in up)


def test_a_list_sorts_by_id_and_times_only(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/Accounts", params={"fields": "id", "sort_by": "Account_Name"})
    assert answer.json()["details"] == {
        "param_name": "sort_by",
        "supported_values": ["id", "Created_Time", "Modified_Time"],
    }


def test_a_changed_record_comes_first_by_modified_time(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    changed = accounts[7]["id"]
    crm.put(f"/crm/v8/Accounts/{changed}", json={"data": [{"Health_Score": 1}]})
    listed = crm.get("/crm/v8/Accounts", params={"fields": "Modified_Time", "sort_by": "Modified_Time"}).json()["data"]
    assert listed[0]["id"] == changed
    times = [each["Modified_Time"] for each in listed]
    assert times == sorted(times, reverse=True)
    assert len({each["id"] for each in listed}) == len(listed)


def test_only_what_changed_since_comes_with_if_modified_since(crm: httpx2.Client, account: str) -> None:
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Health_Score": 1}]})
    since = crm.get("/crm/v8/Accounts", params={"fields": "Modified_Time", "sort_by": "Modified_Time", "per_page": 2})
    before = since.json()["data"][1]["Modified_Time"]
    listed = crm.get("/crm/v8/Accounts", params={"fields": "id"}, headers={"If-Modified-Since": before})
    assert [each["id"] for each in listed.json()["data"]] == [account]


def test_nothing_changed_since_is_304(crm: httpx2.Client) -> None:
    headers = {"If-Modified-Since": "2099-01-01T00:00:00+00:00"}
    answer = crm.get("/crm/v8/Accounts", params={"fields": "id"}, headers=headers)
    assert answer.status_code == 304
    assert answer.content == b""


def test_a_whole_record_has_every_field_and_the_dollar_keys(crm: httpx2.Client, account: str) -> None:
    answer = crm.get(f"/crm/v8/Accounts/{account}").json()
    assert set(answer) == {"data"}
    record = answer["data"][0]
    assert {"Billing_City", "Annual_Revenue", "Tag", "$approval_state", "$layout_id", "$has_more"} <= set(record)
    assert record["$has_more"] == {"Contracts": False}
    assert set(record["Owner"]) == {"name", "id", "email"}


def test_a_record_that_is_not_there_is_204_without_content_type(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/Accounts/5437896100999999999")
    assert answer.status_code == 204
    assert answer.content == b""
    assert "content-type" not in answer.headers


def test_a_malformed_id_and_one_that_is_too_long_are_refused(crm: httpx2.Client) -> None:
    malformed = crm.get("/crm/v8/Accounts/abc")
    assert malformed.status_code == 400
    assert malformed.json()["details"] == {"resource_path_index": 1}
    too_long = crm.get("/crm/v8/Accounts/" + "1" * 25)
    assert too_long.status_code == 404
    assert too_long.json()["code"] == "INVALID_URL_PATTERN"


def test_an_unknown_module_is_refused(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/accounts", params={"fields": "id"})
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "INVALID_MODULE",
        "details": {"resource_path_index": 0},
        "message": "the module name given seems to be invalid",
        "status": "error",
    }


def test_times_carry_the_offset_of_the_users_zone(
    crm: httpx2.Client, account: str, with_scopes: Callable[..., httpx2.Client]
) -> None:
    kenyan = with_scopes("ZohoCRM.modules.ALL", user="daniel.otieno@northwind-supply.example")
    here = crm.get(f"/crm/v8/Accounts/{account}").json()["data"][0]["Created_Time"]
    there = kenyan.get(f"/crm/v8/Accounts/{account}").json()["data"][0]["Created_Time"]
    assert here.endswith("+05:30")
    assert there.endswith("+03:00")


def test_the_list_of_notes_is_for_administrators(with_scopes: Callable[..., httpx2.Client]) -> None:
    standard = with_scopes("ZohoCRM.modules.ALL", user="tomas.novak@northwind-supply.example")
    answer = standard.get("/crm/v8/Notes", params={"fields": "Note_Title"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "NOT_SUPPORTED"


def test_headers_are_those_of_zoho(crm: httpx2.Client, account: str) -> None:
    headers = crm.get(f"/crm/v8/Accounts/{account}").headers
    assert headers["content-type"] == "application/json;charset=UTF-8"
    assert headers["server"] == "ZGS"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30", headers["x-accesstoken-reset"])
    assert "x-api-credits-remaining" not in headers


def test_an_unknown_path_is_refused_loudly(sim: Simulator, crm: httpx2.Client, capfd: Any) -> None:
    answer = crm.get("/crm/v9/Accounts")
    assert answer.status_code == 404
    assert answer.json()["code"] == "INVALID_URL_PATTERN"
    assert sim.counters.unknown == {"GET /crm/v9/Accounts": 1}
    assert "no such call: GET /crm/v9/Accounts" in capfd.readouterr().err


def test_another_method_on_a_known_path_is_refused(crm: httpx2.Client) -> None:
    answer = crm.patch("/crm/v8/Accounts", json={})
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_REQUEST_METHOD"


def test_a_record_is_found_by_its_external_id(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    seen, headers = accounts[4], {"X-EXTERNAL": "Accounts.External_Id"}
    found = crm.get(f"/crm/v8/Accounts/{seen['External_Id']}", headers=headers)
    assert found.json()["data"][0]["id"] == seen["id"]
    crm.put(f"/crm/v8/Accounts/{seen['External_Id']}", json={"data": [{"Health_Score": 9}]}, headers=headers)
    assert crm.get(f"/crm/v8/Accounts/{seen['id']}").json()["data"][0]["Health_Score"] == 9
    assert crm.get("/crm/v8/Accounts/NOBODY", headers=headers).status_code == 204
    wrong = crm.get("/crm/v8/Accounts/x", headers={"X-EXTERNAL": "Accounts.Account_Name"})
    assert wrong.json()["code"] == "INVALID_DATA"
