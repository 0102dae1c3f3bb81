"""Search and count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

Found = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def found(crm: httpx2.Client) -> Found:
    """What criteria find, with the fields named."""

    def search(criteria: str, fields: str = "Account_Name") -> list[dict[str, Any]]:
        answer = crm.get("/crm/v8/Accounts/search", params={"criteria": criteria, "fields": fields})
        assert answer.status_code in (200, 204), answer.text
        records: list[dict[str, Any]] = answer.json()["data"] if answer.status_code == 200 else []
        return records

    return search


def refused(crm: httpx2.Client, **params: str) -> dict[str, Any]:
    answer = crm.get("/crm/v8/Accounts/search", params=params)
    assert answer.status_code == 400
    body: dict[str, Any] = answer.json()
    return body


def test_the_search_of_the_guide_finds_what_it_says(found: Found) -> None:
    criteria = "(Industry:equals:Technology) and (Annual_Revenue:greater_than:1000000)"
    records = found(criteria, "Industry,Annual_Revenue")
    assert len(records) > 20
    assert all(record["Industry"] == "Technology" and record["Annual_Revenue"] > 1_000_000 for record in records)


def test_one_condition_needs_no_bracket(found: Found) -> None:
    assert all(each["Account_Status"] == "Active" for each in found("Account_Status:equals:Active", "Account_Status"))


def test_equals_on_text_behaves_like_contains(crm: httpx2.Client, found: Found) -> None:
    crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Quux"}, {"Account_Name": "The Quux Company"}]})
    assert {record["Account_Name"] for record in found("(Account_Name:equals:quux)")} == {"Quux", "The Quux Company"}
    assert {record["Account_Name"] for record in found("(Account_Name:starts_with:Quux)")} == {"Quux"}
    assert {record["Account_Name"] for record in found("(Account_Name:in:Quux)")} == {"Quux"}


def test_brackets_commas_and_backslashes_are_escaped(crm: httpx2.Client, found: Found) -> None:
    name = "Odd (Name), Ltd \\ Co"
    crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": name}]})
    escaped = "".join(f"\\{letter}" if letter in "(),\\" else letter for letter in name)
    assert [record["Account_Name"] for record in found(f"(Account_Name:equals:{escaped})")] == [name]


@pytest.mark.parametrize(
    ("criteria", "field", "holds"),
    [
        ("(Health_Score:between:40,60)", "Health_Score", lambda value: 40 <= value <= 60),
        ("(Health_Score:less_equal:10)", "Health_Score", lambda value: value <= 10),
        ("(Rating:in:Active,Acquired)", "Rating", lambda value: value in ("Active", "Acquired")),
        ("(Newsletter:equals:true)", "Newsletter", lambda value: value is True),
        ("(Last_Engagement_Date:greater_than:2026-06-01)", "Last_Engagement_Date", lambda value: value > "2026-06-01"),
        ("(Product_Interests:in:Support)", "Product_Interests", lambda value: "Support" in value),
        ("(External_Id:equals:EXT-0000042)", "External_Id", lambda value: value == "EXT-0000042"),
        ("(Created_Time:less_than:2021-01-01T00:00:00+05:30)", "Created_Time", lambda value: value < "2021"),
        ("(Industry:not_equal:Technology)", "Industry", lambda value: value != "Technology"),
    ],
)
def test_operators_find_what_they_mean(found: Found, criteria: str, field: str, holds: Callable[[Any], bool]) -> None:
    records = found(criteria, field)
    assert records
    assert all(holds(record[field]) for record in records)


def test_groups_nest(found: Found) -> None:
    criteria = "((Industry:equals:Technology)and((Rating:equals:Active)or(Account_Status:equals:Churned)))"
    records = found(criteria, "Industry,Rating,Account_Status")
    assert records
    assert all(
        each["Industry"] == "Technology" and (each["Rating"] == "Active" or each["Account_Status"] == "Churned")
        for each in records
    )


def test_lookups_are_found_by_id(crm: httpx2.Client, found: Found) -> None:
    users = crm.get("/crm/v8/users", params={"type": "ActiveUsers"}).json()["users"]
    owner = users[2]["id"]
    records = found(f"(Owner:equals:{owner})", "Owner")
    assert records
    assert {record["Owner"]["id"] for record in records} == {owner}


@pytest.mark.parametrize(
    ("criteria", "details"),
    [
        ("(Nope:equals:x)", {"reason": "invalid field found", "api_name": "Nope"}),
        (
            "(Account_Name:between:a,b)",
            {"reason": "invalid operator found", "api_name": "Account_Name", "operator": "between"},
        ),
        (
            "(Health_Score:equals:high)",
            {"reason": "invalid value found", "api_name": "Health_Score", "expected_data_type": "integer"},
        ),
        ("(Account_Name:equals:x", {"reason": "invalid query formed"}),
        ("Account_Name is not null", {"reason": "invalid query formed"}),
    ],
)
def test_wrong_criteria_are_refused(crm: httpx2.Client, criteria: str, details: dict[str, str]) -> None:
    body = refused(crm, criteria=criteria)
    assert body["code"] == "INVALID_QUERY"
    assert body["details"] == details


def test_sixteen_conditions_are_too_many(crm: httpx2.Client) -> None:
    criteria = "or".join("(Health_Score:equals:1)" for _ in range(16))
    assert refused(crm, criteria=f"({criteria})")["code"] == "CRITERIA_LIMIT_EXCEEDED"


def test_a_hundred_and_one_values_are_too_many(crm: httpx2.Client) -> None:
    values = ",".join(str(number) for number in range(101))
    assert refused(crm, criteria=f"(Health_Score:in:{values})")["message"].startswith("Only 100 values")


def test_a_search_without_parameters_is_refused(crm: httpx2.Client) -> None:
    body = refused(crm)
    assert body["code"] == "EXPECTED_PARAM_MISSING"
    assert body["details"] == {"param_names": ["criteria", "email", "phone", "word"]}


def test_a_word_needs_two_letters(crm: httpx2.Client) -> None:
    assert refused(crm, word="a")["code"] == "INVALID_DATA"


def test_words_emails_and_phones_are_found(crm: httpx2.Client) -> None:
    person = crm.get("/crm/v8/Contacts", params={"fields": "Last_Name,Email,Phone", "per_page": 1}).json()["data"][0]
    for params in ({"email": person["Email"]}, {"phone": person["Phone"][-8:]}, {"word": person["Email"]}):
        answer = crm.get("/crm/v8/Contacts/search", params=params)
        assert person["id"] in [each["id"] for each in answer.json()["data"]]


def test_criteria_come_before_a_word(crm: httpx2.Client) -> None:
    params = {"criteria": "(Account_Name:equals:nobody at all)", "word": "technology"}
    assert crm.get("/crm/v8/Accounts/search", params=params).status_code == 204


def test_found_records_are_whole_without_fields(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/Accounts/search", params={"word": "technology", "per_page": 1}).json()
    assert "$approval_state" in answer["data"][0]
    assert "Contracts" not in answer["data"][0]
    assert "next_page_token" not in answer["info"]
    assert answer["info"]["more_records"] is True


def test_a_search_ends_at_two_thousand_records(crm: httpx2.Client) -> None:
    assert refused(crm, word="technology", page="11")["details"] == {"limit": "2000"}


def test_notes_cannot_be_searched(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/v8/Notes/search", params={"word": "renewal"})
    assert answer.json()["code"] == "NOT_SUPPORTED"


def test_the_index_lags_behind_the_records(sim: Simulator, crm: httpx2.Client, account: str, found: Found) -> None:
    sim.settings.index_lag_seconds = 60
    made = crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Zyzzyva"}]}).json()["data"][0]["details"]
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"External_Id": "LATE-1"}]})
    assert found("(Account_Name:equals:Zyzzyva)") == []
    assert found("(External_Id:equals:LATE-1)") == []
    query = {"select_query": "select Account_Name from Accounts where Account_Name = 'Zyzzyva'"}
    assert crm.post("/crm/v8/coql", json=query).json()["data"][0]["id"] == made["id"]
    sim.clock.advance(61)
    assert [record["id"] for record in found("(Account_Name:equals:Zyzzyva)")] == [made["id"]]
    assert [record["id"] for record in found("(External_Id:equals:LATE-1)")] == [account]


def test_count_counts_what_search_finds(crm: httpx2.Client, found: Found) -> None:
    criteria = "(Account_Status:equals:Active)"
    counted = crm.get("/crm/v8/Accounts/actions/count", params={"criteria": criteria}).json()
    assert counted == {"count": len(found(criteria))}
    assert crm.get("/crm/v8/Accounts/actions/count").json() == {"count": 250}


def test_count_takes_a_view_or_a_search_but_not_both(crm: httpx2.Client) -> None:
    views = crm.get("/crm/v8/settings/custom_views", params={"module": "Accounts"}).json()["custom_views"]
    active = next(view["id"] for view in views if view["name"] == "Active Accounts")
    by_view = crm.get("/crm/v8/Accounts/actions/count", params={"cvid": active}).json()["count"]
    by_criteria = crm.get("/crm/v8/Accounts/actions/count", params={"criteria": "(Account_Status:equals:Active)"})
    assert by_view == by_criteria.json()["count"]
    both = crm.get("/crm/v8/Accounts/actions/count", params={"cvid": active, "word": "technology"})
    assert both.json()["code"] == "AMBIGUITY_DURING_PROCESSING"
