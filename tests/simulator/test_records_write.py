"""Creating and updating records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator


def only(answer: httpx2.Response) -> dict[str, Any]:
    """The one outcome of a write."""
    (item,) = answer.json()["data"]
    found: dict[str, Any] = item
    return found


def read(crm: httpx2.Client, record_id: str) -> dict[str, Any]:
    found: dict[str, Any] = crm.get(f"/crm/v8/Accounts/{record_id}").json()["data"][0]
    return found


def test_a_record_is_created(crm: httpx2.Client) -> None:
    answer = crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "New", "Account_Status": "Active"}]})
    assert answer.status_code == 201
    item = only(answer)
    assert (item["code"], item["message"], item["status"]) == ("SUCCESS", "record added", "success")
    assert set(item["details"]) == {
        "id",
        "Created_Time",
        "Created_By",
        "Modified_Time",
        "Modified_By",
        "$approval_state",
    }
    record = read(crm, item["details"]["id"])
    assert record["Account_Name"] == "New"
    assert record["Owner"]["name"] == "Meera Iyer"


def test_a_body_is_read_whatever_its_content_type(crm: httpx2.Client, account: str) -> None:
    answer = crm.put(f"/crm/v8/Accounts/{account}", content=b'{"data":[{"Health_Score":3}]}')
    assert answer.status_code == 200


def test_the_fields_of_the_guide_are_written_and_read_back(crm: httpx2.Client, account: str) -> None:
    values = {"Account_Status": "Active", "Health_Score": 85, "Last_Engagement_Date": "2025-10-18"}
    answer = crm.put(f"/crm/v8/Accounts/{account}", json={"data": [values]})
    assert answer.status_code == 200
    assert only(answer)["message"] == "record updated"
    record = read(crm, account)
    assert {name: record[name] for name in values} == values


def test_only_the_keys_sent_are_changed_and_null_clears(crm: httpx2.Client, account: str) -> None:
    before = read(crm, account)
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Phone": None}]})
    after = read(crm, account)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Phone", "Modified_Time", "Last_Activity_Time"} | (
        {"Modified_By"} if before["Modified_By"] != after["Modified_By"] else set()
    )
    assert after["Phone"] is None


def test_a_mixed_outcome_is_207_in_order(crm: httpx2.Client, account: str) -> None:
    records = [{"id": account, "Health_Score": 1}, {"Health_Score": 2}, {"id": "5437896100999999999"}]
    answer = crm.put("/crm/v8/Accounts", json={"data": records})
    assert answer.status_code == 207
    good, without_id, gone = answer.json()["data"]
    assert good["code"] == "SUCCESS"
    assert without_id["code"] == "MANDATORY_NOT_FOUND"
    assert without_id["details"] == {"api_name": "id", "json_path": "$.data[1].id"}
    assert gone["code"] == "INVALID_DATA"
    assert gone["details"]["id"] == "5437896100999999999"


def test_the_status_of_a_mixed_outcome_is_a_switch(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    sim.settings.partial_failure_status = 200
    answer = crm.put("/crm/v8/Accounts", json={"data": [{"id": account, "Health_Score": 1}, {}]})
    assert answer.status_code == 200


def test_when_all_fail_it_is_400_with_data(crm: httpx2.Client) -> None:
    answer = crm.post("/crm/v8/Accounts", json={"data": [{"Health_Score": 5}]})
    assert answer.status_code == 400
    assert only(answer) == {
        "code": "MANDATORY_NOT_FOUND",
        "details": {"api_name": "Account_Name", "json_path": "$.data[0].Account_Name"},
        "message": "required field not found",
        "status": "error",
    }


def test_a_put_on_a_record_that_is_gone_is_a_flat_400(crm: httpx2.Client) -> None:
    answer = crm.put("/crm/v8/Accounts/5437896100999999999", json={"data": [{"Health_Score": 5}]})
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_DATA"
    assert answer.json()["details"] == {"resource_path_index": 1}


@pytest.mark.parametrize(
    ("field", "value", "details"),
    [
        ("Health_Score", "high", {"expected_data_type": "integer"}),
        ("Health_Score", 1_234_567_890, {"maximum_length": 9}),
        ("Annual_Revenue", "a lot", {"expected_data_type": "double"}),
        ("Last_Engagement_Date", "18/10/2025", {"expected_data_type": "date"}),
        ("Newsletter", "yes", {"expected_data_type": "boolean"}),
        ("Account_Name", "x" * 201, {"maximum_length": 200}),
        ("Phone", "call me", {"expected_data_type": "phone"}),
        ("Product_Interests", "CRM", {"expected_data_type": "jsonarray"}),
        ("Owner", {"name": "Meera"}, {"expected_data_type": "jsonobject"}),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    crm: httpx2.Client, account: str, field: str, value: object, details: dict[str, object]
) -> None:
    item = only(crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{field: value}]}))
    assert item["code"] == "INVALID_DATA"
    assert item["details"] == {**details, "api_name": field, "json_path": f"$.data[0].{field}"}


def test_several_faults_in_one_record_come_together(crm: httpx2.Client, account: str) -> None:
    item = only(crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Health_Score": "x", "Newsletter": 3}]}))
    assert item["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    assert [each["details"]["api_name"] for each in item["details"]["errors"]] == ["Health_Score", "Newsletter"]


def test_unknown_fields_are_ignored_unless_strict(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    body = {"data": [{"Anual_Revenue": 5}]}
    assert crm.put(f"/crm/v8/Accounts/{account}", json=body).status_code == 200
    sim.settings.strict_unknown_fields = True
    item = only(crm.put(f"/crm/v8/Accounts/{account}", json=body))
    assert item["message"] == "the field api name given seems to be invalid"


def test_new_pick_list_values_are_stored_unless_strict(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    body = {"data": [{"Account_Status": "Asleep"}]}
    assert crm.put(f"/crm/v8/Accounts/{account}", json=body).status_code == 200
    assert read(crm, account)["Account_Status"] == "Asleep"
    sim.settings.strict_picklists = True
    item = only(crm.put(f"/crm/v8/Accounts/{account}", json=body))
    assert item["details"]["supported_values"] == ["Active", "Inactive", "Prospect", "Churned", "On Hold"]


def test_a_field_that_only_the_layout_makes_mandatory_is_wanted(sim: Simulator, crm: httpx2.Client) -> None:
    body = {"data": [{"Deal_Name": "Big", "Stage": "Qualification"}]}
    item = only(crm.post("/crm/v8/Deals", json=body))
    assert item["details"]["api_name"] == "Lead_Source"
    assert item["details"]["layout_rule"]["name"] == "Standard"
    sim.settings.layout_mandatory = False
    assert crm.post("/crm/v8/Deals", json=body).status_code == 201


def test_a_unique_value_that_is_taken_is_refused(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    taken = accounts[3]
    values = {"Account_Name": "Copy", "External_Id": taken["External_Id"].lower()}
    item = only(crm.post("/crm/v8/Accounts", json={"data": [values]}))
    assert item["code"] == "DUPLICATE_DATA"
    assert item["details"]["duplicate_record"]["id"] == taken["id"]
    assert item["details"]["duplicate_record"]["module"]["api_name"] == "Accounts"


def test_a_unique_value_is_free_again_once_it_is_changed(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    taken = accounts[3]
    crm.put(f"/crm/v8/Accounts/{taken['id']}", json={"data": [{"External_Id": "MOVED"}]})
    values = {"Account_Name": "Copy", "External_Id": taken["External_Id"]}
    assert crm.post("/crm/v8/Accounts", json={"data": [values]}).status_code == 201


def test_a_hundred_records_are_taken_and_not_one_more(crm: httpx2.Client) -> None:
    records = [{"Account_Name": f"Row {number}"} for number in range(101)]
    assert crm.post("/crm/v8/Accounts", json={"data": records[:100]}).status_code == 201
    answer = crm.post("/crm/v8/Accounts", json={"data": records})
    assert answer.status_code == 400
    assert only(answer)["code"] == "LIMIT_EXCEEDED"
    assert only(answer)["details"] == {"maximum_length": 100, "api_name": "data"}


def test_a_body_that_is_no_json_object_is_refused(crm: httpx2.Client) -> None:
    for content in (b"", b"[]", b"{"):
        answer = crm.post("/crm/v8/Accounts", content=content)
        assert answer.json() == {
            "code": "INVALID_DATA",
            "details": {"expected_data_type": "jsonobject"},
            "message": "body",
            "status": "error",
        }


def test_read_only_and_formula_fields_are_left_alone(crm: httpx2.Client, account: str) -> None:
    before = read(crm, account)
    values = {"Created_Time": "2000-01-01T00:00:00+00:00", "Account_Label": "x", "Locked__s": True}
    assert crm.put(f"/crm/v8/Accounts/{account}", json={"data": [values]}).status_code == 200
    assert {name: read(crm, account)[name] for name in values} == {name: before[name] for name in values}


def test_a_formula_follows_its_fields(crm: httpx2.Client, account: str) -> None:
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Annual_Revenue": 1000, "Employees": 8}]})
    assert read(crm, account)["Revenue_per_Employee"] == 125.0


def test_a_stale_update_is_refused_with_412(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    seen = accounts[0]
    crm.put(f"/crm/v8/Accounts/{seen['id']}", json={"data": [{"Health_Score": 1}]})
    headers = {"If-Unmodified-Since": seen["Modified_Time"]}
    answer = crm.put(f"/crm/v8/Accounts/{seen['id']}", json={"data": [{"Health_Score": 2}]}, headers=headers)
    assert answer.status_code == 412
    assert only(answer)["code"] == "ALREADY_MODIFIED"
    assert read(crm, seen["id"])["Health_Score"] == 1


def test_a_locked_record_is_not_changed(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    sim.put("Accounts", account, Locked__s=True)
    item = only(crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Health_Score": 1}]}))
    assert item["code"] == "RECORD_LOCKED"


def test_a_user_who_may_only_read_writes_nothing(account: str, with_scopes: Callable[..., httpx2.Client]) -> None:
    reader = with_scopes("ZohoCRM.modules.ALL", user="omar.haddad@northwind-supply.example")
    answer = reader.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Health_Score": 1}]})
    assert answer.status_code == 403
    assert answer.json()["details"] == {"permissions": ["Crm_Implied_Edit_Accounts"]}


def test_lookups_take_ids_of_records_that_exist(crm: httpx2.Client, accounts: list[dict[str, Any]]) -> None:
    child, parent = accounts[0]["id"], accounts[1]["id"]
    body = {"data": [{"Parent_Account": {"id": parent}}]}
    assert crm.put(f"/crm/v8/Accounts/{child}", json=body).status_code == 200
    assert read(crm, child)["Parent_Account"] == {"name": accounts[1]["Account_Name"], "id": parent}
    wrong = only(crm.put(f"/crm/v8/Accounts/{child}", json={"data": [{"Parent_Account": {"id": "5"}}]}))
    assert wrong["message"] == "the id given seems to be invalid"


def test_subform_rows_are_added_changed_and_removed(crm: httpx2.Client, account: str) -> None:
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Contracts": None}]})
    rows = [{"Product": "CRM", "Quantity": 2}, {"Product": "Support", "Quantity": 1}]
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Contracts": rows}]})
    first, second = read(crm, account)["Contracts"]
    changes = [{"id": first["id"], "Quantity": 9}, {"id": second["id"], "_delete": None}]
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Contracts": changes}]})
    (left,) = read(crm, account)["Contracts"]
    assert (left["id"], left["Product"], left["Quantity"]) == (first["id"], "CRM", 9)
