"""Modules, fields, layouts, views, users and the organisation."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator


def settings(crm: httpx2.Client, what: str, **params: str) -> list[dict[str, Any]]:
    answer = crm.get(f"/crm/v8/settings/{what}", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()[what]
    return found


@pytest.fixture
def fields(crm: httpx2.Client) -> dict[str, dict[str, Any]]:
    return {field["api_name"]: field for field in settings(crm, "fields", module="Accounts")}


def test_modules_are_listed_and_found_by_name_and_id(crm: httpx2.Client) -> None:
    modules = {module["api_name"]: module for module in settings(crm, "modules")}
    assert {"Leads", "Contacts", "Accounts", "Deals", "Tasks", "Notes", "Projects"} <= set(modules)
    assert modules["Projects"]["generated_type"] == "custom"
    assert modules["Deals"]["module_name"] == "Potentials"
    assert modules["Accounts"]["id"].endswith("002177")
    for name in ("Accounts", modules["Accounts"]["id"]):
        (module,) = crm.get(f"/crm/v8/settings/modules/{name}").json()["modules"]
        assert module["display_field"] == "Account_Name"
    assert crm.get("/crm/v8/settings/modules/Nope").json()["code"] == "INVALID_MODULE"


def test_fields_need_a_module(crm: httpx2.Client) -> None:
    missing = crm.get("/crm/v8/settings/fields")
    assert missing.json()["code"] == "REQUIRED_PARAM_MISSING"
    assert missing.json()["details"] == {"param_name": "module"}
    wrong = crm.get("/crm/v8/settings/fields", params={"module": "Nope"})
    assert wrong.json()["code"] == "INVALID_MODULE"
    assert wrong.json()["details"] == {"param_name": "module"}


def test_unused_fields_are_none(crm: httpx2.Client) -> None:
    assert crm.get("/crm/v8/settings/fields", params={"module": "Accounts", "type": "unused"}).status_code == 204


@pytest.mark.parametrize(
    ("name", "data_type", "json_type", "length"),
    [
        ("Account_Name", "text", "string", 200),
        ("Annual_Revenue", "currency", "double", 16),
        ("Employees", "integer", "integer", 9),
        ("Phone", "phone", "string", 30),
        ("Owner", "ownerlookup", "jsonobject", 120),
        ("Parent_Account", "lookup", "jsonobject", 120),
        ("Account_Status", "picklist", "string", 120),
        ("Product_Interests", "multiselectpicklist", "jsonarray", 1000),
        ("Health_Score", "integer", "integer", 9),
        ("Last_Engagement_Date", "date", "string", 20),
        ("Revenue_per_Employee", "formula", "double", 16),
        ("Created_Time", "datetime", "string", 120),
        ("id", "bigint", "string", 18),
    ],
)
def test_fields_have_their_types(
    fields: dict[str, dict[str, Any]], name: str, data_type: str, json_type: str, length: int
) -> None:
    field = fields[name]
    assert (field["data_type"], field["json_type"], field["length"]) == (data_type, json_type, length)


def test_fields_tell_what_may_be_written(fields: dict[str, dict[str, Any]]) -> None:
    assert [name for name, field in fields.items() if field["system_mandatory"]] == ["Account_Name"]
    assert fields["Revenue_per_Employee"]["formula"] == {"return_type": "currency", "assume_default": False}
    for name in ("Revenue_per_Employee", "Created_Time", "Modified_By"):
        assert fields[name]["read_only"]
        assert not any(fields[name]["operation_type"].values())
    assert all(fields["Health_Score"]["operation_type"].values())


def test_empty_parts_are_empty_objects_and_layout_keys_are_not_there(fields: dict[str, dict[str, Any]]) -> None:
    field = fields["Account_Site"]
    assert field["lookup"] == field["unique"] == field["formula"] == field["currency"] == {}
    assert not {"required", "default_value", "section_id"} & set(field)
    assert "length" not in fields["Contracts"]


def test_unique_fields_lookups_and_pick_lists_say_more(fields: dict[str, dict[str, Any]]) -> None:
    assert fields["External_Id"]["unique"] == {"case_sensitive": False}
    assert fields["Parent_Account"]["lookup"]["module"]["api_name"] == "Accounts"
    values = fields["Account_Status"]["pick_list_values"]
    assert [value["actual_value"] for value in values] == [
        "-None-",
        "Active",
        "Inactive",
        "Prospect",
        "Churned",
        "On Hold",
    ]
    regions = {value["actual_value"]: value["display_value"] for value in fields["Sales_Region"]["pick_list_values"]}
    assert regions["apac"] == "Asia Pacific"
    assert "Technology" in [value["actual_value"] for value in fields["Industry"]["pick_list_values"]]


def test_one_field_and_its_values_are_found_by_id(crm: httpx2.Client, fields: dict[str, dict[str, Any]]) -> None:
    status = fields["Account_Status"]
    path, params = f"/crm/v8/settings/fields/{status['id']}", {"module": "Accounts"}
    assert crm.get(path, params=params).json()["fields"] == [status]
    values = crm.get(f"{path}/pick_list_values", params=params).json()["pick_list_values"]
    assert values == status["pick_list_values"]
    assert crm.get("/crm/v8/settings/fields/5", params=params).json()["code"] == "INVALID_DATA"


def test_a_subform_is_a_module_with_fields(crm: httpx2.Client) -> None:
    modules = {module["api_name"]: module for module in settings(crm, "modules")}
    assert modules["Contracts"]["generated_type"] == "subform"
    assert modules["Contracts"]["parent_module"]["api_name"] == "Accounts"
    names = [field["api_name"] for field in settings(crm, "fields", module="Contracts")]
    assert names == ["Product", "Quantity", "List_Price", "Starts_On", "Parent_Id", "id"]


def test_only_the_layout_tells_what_it_makes_mandatory(crm: httpx2.Client) -> None:
    (layout,) = settings(crm, "layouts", module="Deals")
    required = [field["api_name"] for section in layout["sections"] for field in section["fields"] if field["required"]]
    assert required == ["Deal_Name", "Stage", "Lead_Source"]
    assert layout["api_name"] == "Standard__s"
    (same,) = crm.get(f"/crm/v8/settings/layouts/{layout['id']}", params={"module": "Deals"}).json()["layouts"]
    assert same == layout
    by_name = {field["api_name"]: field for field in settings(crm, "fields", module="Deals")}
    assert not by_name["Lead_Source"]["system_mandatory"]


def test_related_lists_name_their_modules(crm: httpx2.Client) -> None:
    lists = {each["api_name"]: each for each in settings(crm, "related_lists", module="Accounts")}
    assert {"Contacts", "Deals", "Notes", "Attachments", "Tasks"} <= set(lists)
    assert lists["Contacts"]["module"]["api_name"] == "Contacts"
    assert lists["Contacts"]["href"] == "Accounts/{ENTITYID}/Contacts"


def test_views_show_what_their_criteria_say(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/settings/custom_views", params={"module": "Accounts"}).json()
    views = {view["name"]: view["id"] for view in answer["custom_views"]}
    assert answer["info"]["default"] == views["All Accounts"]
    active = views["Active Accounts"]
    (view,) = crm.get(f"/crm/v8/settings/custom_views/{active}", params={"module": "Accounts"}).json()["custom_views"]
    assert view["criteria"]["value"] == "Active"
    listed = crm.get("/crm/v8/Accounts", params={"fields": "Account_Status", "cvid": active}).json()["data"]
    assert {record["Account_Status"] for record in listed} == {"Active"}
    mine = crm.get("/crm/v8/Accounts", params={"fields": "Owner", "cvid": views["My Accounts"]}).json()["data"]
    assert {record["Owner"]["name"] for record in mine} == {"Meera Iyer"}


def test_a_view_excludes_sorting_and_a_wrong_one_is_refused(crm: httpx2.Client) -> None:
    params = {"fields": "id", "cvid": "5"}
    assert crm.get("/crm/v8/Accounts", params=params).json()["details"] == {"param_name": "cvid"}
    both = crm.get("/crm/v8/Accounts", params={**params, "sort_by": "id"})
    assert both.json()["code"] == "AMBIGUITY_DURING_PROCESSING"


def test_users_are_listed_by_kind(crm: httpx2.Client) -> None:
    def count(kind: str) -> int:
        return int(crm.get("/crm/v8/users/actions/count", params={"type": kind}).json()["count"])

    assert (count("AllUsers"), count("ActiveUsers"), count("AdminUsers"), count("DeletedUsers")) == (10, 8, 2, 1)
    current = crm.get("/crm/v8/users", params={"type": "CurrentUser"}).json()["users"]
    assert [user["full_name"] for user in current] == ["Meera Iyer"]
    assert current[0]["time_zone"] == "Asia/Kolkata"
    assert crm.get("/crm/v8/users", params={"type": "Nobody"}).json()["code"] == "INVALID_DATA"


def test_one_user_comes_without_info_and_an_unknown_one_is_204(crm: httpx2.Client) -> None:
    first = crm.get("/crm/v8/users").json()["users"][0]
    answer = crm.get(f"/crm/v8/users/{first['id']}")
    assert answer.json() == {"users": [first]}
    assert crm.get("/crm/v8/users/5").status_code == 204


def test_the_organisation_tells_its_number_and_edition(sim: Simulator, crm: httpx2.Client) -> None:
    (org,) = crm.get("/crm/v8/org").json()["org"]
    assert org["zgid"] == "690004321"
    assert org["license_details"]["paid_type"] == "enterprise"
    sim.org(company_name="Other Ltd", kind="sandbox")
    (changed,) = crm.get("/crm/v8/org").json()["org"]
    assert (changed["company_name"], changed["type"]) == ("Other Ltd", "sandbox")


def test_roles_and_profiles_are_listed(crm: httpx2.Client) -> None:
    assert [role["name"] for role in settings(crm, "roles")][:2] == ["CEO", "Manager"]
    assert settings(crm, "roles")[1]["reporting_to"]["name"] == "CEO"
    assert [profile["name"] for profile in settings(crm, "profiles")] == ["Administrator", "Standard", "Read Only"]
