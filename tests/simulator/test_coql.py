"""COQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def rows(crm: httpx2.Client) -> Rows:
    def run(query: str) -> list[dict[str, Any]]:
        answer = crm.post("/crm/v8/coql", json={"select_query": query})
        assert answer.status_code in (200, 204), answer.text
        found: list[dict[str, Any]] = answer.json()["data"] if answer.status_code == 200 else []
        return found

    return run


def test_rows_have_their_columns_and_the_id(rows: Rows) -> None:
    found = rows("select Account_Name, Owner from Accounts where Industry = 'Technology' limit 3")
    assert [set(row) for row in found] == [{"Account_Name", "Owner", "id"}] * 3
    assert set(found[0]["Owner"]) == {"name", "id"}


def test_a_query_without_limit_gives_two_hundred_rows_in_order_of_id(rows: Rows) -> None:
    found = rows("select id from Accounts where id is not null")
    assert len(found) == 200
    assert found == sorted(found, key=lambda row: str(row["id"]))


def test_offset_and_limit_lead_through_all(crm: httpx2.Client) -> None:
    ids: list[str] = []
    for offset in (0, 100, 200):
        query = f"select id from Accounts where id is not null limit {offset}, 100"  # noqa: S608
        answer = crm.post("/crm/v8/coql", json={"select_query": query}).json()
        ids += [row["id"] for row in answer["data"]]
    assert len(set(ids)) == 250
    assert answer["info"] == {"count": 50, "more_records": False}


def test_paging_by_id_leads_through_all_and_through_new_ones(crm: httpx2.Client, rows: Rows) -> None:
    crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "New one"}]})
    ids, last = [], "0"
    while page := rows(f"select id from Accounts where id > '{last}' order by id limit 60"):  # noqa: S608
        ids += [row["id"] for row in page]
        last = ids[-1]
    assert len(ids) == len(set(ids)) == 251


@pytest.mark.parametrize(
    ("where", "column", "holds"),
    [
        ("Account_Name like '%Foods%'", "Account_Name", lambda value: "Foods" in value),
        ("Account_Name not like '%o%'", "Account_Name", lambda value: "o" not in value.lower()),
        ("Health_Score between 40 and 60", "Health_Score", lambda value: 40 <= value <= 60),
        ("Health_Score not in (1, 2, 3)", "Health_Score", lambda value: value not in (1, 2, 3)),
        ("Rating is null", "Rating", lambda value: value is None),
        ("Rating is not null", "Rating", lambda value: value is not None),
        ("Annual_Revenue >= 5000000", "Annual_Revenue", lambda value: value >= 5_000_000),
        ("Industry != 'Technology'", "Industry", lambda value: value != "Technology"),
        ("Newsletter = true", "Newsletter", lambda value: value is True),
        ("Last_Engagement_Date > '2026-05-01'", "Last_Engagement_Date", lambda value: value > "2026-05-01"),
        ("Created_Time < '2021-01-01T00:00:00+05:30'", "Created_Time", lambda value: value < "2021"),
        ("Product_Interests in ('Support')", "Product_Interests", lambda value: "Support" in value),
        ("Revenue_per_Employee > 1000", "Revenue_per_Employee", lambda value: value > 1000),
    ],
)
def test_conditions_find_what_they_mean(rows: Rows, where: str, column: str, holds: Callable[[Any], bool]) -> None:
    found = rows(f"select {column} from Accounts where {where}")  # noqa: S608
    assert found
    assert all(holds(row[column]) for row in found)


def test_equals_is_exact(crm: httpx2.Client, rows: Rows) -> None:
    crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Quux"}, {"Account_Name": "The Quux Company"}]})
    assert [row["Account_Name"] for row in rows("select Account_Name from Accounts where Account_Name = 'Quux'")] == [
        "Quux"
    ]


def test_quotes_are_doubled(crm: httpx2.Client, rows: Rows) -> None:
    crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "O'Neill's"}]})
    assert rows("select Account_Name from Accounts where Account_Name = 'O''Neill''s'")


def test_dotted_columns_follow_lookups(rows: Rows) -> None:
    found = rows(
        "select Last_Name, Account_Name.Account_Name, Account_Name.Owner.last_name from Contacts "
        "where Account_Name.Industry = 'Technology' limit 2"
    )
    assert set(found[0]) == {"Last_Name", "Account_Name.Account_Name", "Account_Name.Owner.last_name", "id"}
    assert found[0]["Account_Name.Account_Name"]


def test_a_lookup_of_several_modules_names_the_one_meant(rows: Rows) -> None:
    (task,) = rows("select Subject, What_Id->Accounts.Account_Name from Tasks where What_Id is not null limit 1")
    assert task["What_Id->Accounts.Account_Name"]


def test_aggregates_group_and_sort(rows: Rows) -> None:
    found = rows(
        "select COUNT(id), Industry, SUM(Annual_Revenue) as 'total' from Accounts where id is not null "
        "group by Industry order by total desc"
    )
    assert sum(row["COUNT(id)"] for row in found) == 250
    totals = [row["total"] for row in found]
    assert totals == sorted(totals, reverse=True)
    assert "id" not in found[0]


def test_aggregates_without_group_give_one_row(rows: Rows) -> None:
    (row,) = rows("select COUNT(id), MAX(Health_Score), MIN(Created_Time) from Accounts where id is not null")
    assert row["COUNT(id)"] == 250
    assert row["MAX(Health_Score)"] <= 100
    assert row["MIN(Created_Time)"].endswith("+05:30")


def test_order_takes_several_columns(rows: Rows) -> None:
    found = rows(
        "select Industry, Health_Score from Accounts where Health_Score is not null "
        "order by Industry, Health_Score desc"
    )
    keys = [(row["Industry"], -row["Health_Score"]) for row in found]
    assert keys == sorted(keys)


def test_a_view_narrows_the_module(crm: httpx2.Client, rows: Rows) -> None:
    views = crm.get("/crm/v8/settings/custom_views", params={"module": "Accounts"}).json()["custom_views"]
    active = next(view["id"] for view in views if view["name"] == "Active Accounts")
    found = rows(f"select Account_Status from Accounts#{active} where id is not null")  # noqa: S608
    assert {row["Account_Status"] for row in found} == {"Active"}


def test_nothing_found_is_204(crm: httpx2.Client) -> None:
    query = {"select_query": "select id from Accounts where Account_Name = 'nobody'"}
    assert crm.post("/crm/v8/coql", json=query).status_code == 204


def test_meta_describes_the_columns(crm: httpx2.Client) -> None:
    query = {"select_query": "select Industry from Accounts where id is not null limit 1", "include_meta": ["fields"]}
    answer = crm.post("/crm/v8/coql", json=query).json()
    assert answer["fields"]["Industry"]["data_type"] == "picklist"
    wrong = crm.post("/crm/v8/coql", json={**query, "include_meta": ["all"]})
    assert wrong.json()["details"]["supported_values"] == ["fields"]


@pytest.mark.parametrize(
    ("query", "code", "details"),
    [
        ("select Account_Name from Accounts", "SYNTAX_ERROR", {"clause": "where"}),
        ("update Accounts set Rating = 'x'", "SYNTAX_ERROR", {}),
        ("select Account_Name from Accounts where Account_Name = ", "SYNTAX_ERROR", None),
        ("select Account_Name from Accounts where Account_Name matches 'x'", "SYNTAX_ERROR", {"operator": "matches"}),
        ("select Nope from Accounts where id is not null", "INVALID_QUERY", {"column_name": "Nope"}),
        ("select id from Nope where id is not null", "INVALID_MODULE", {}),
        ("select id from Accounts where id is not null limit 0", "INVALID_DATA", {}),
        ("select id from Accounts where id is not null limit 2001", "LIMIT_EXCEEDED", {"by": "limit", "limit": 2000}),
        ("select id from Accounts where id is not null limit x", "INVALID_QUERY", {"limit": "x"}),
        (
            "select id from Accounts where Health_Score like '%a%'",
            "INVALID_QUERY",
            {"reason": "invalid operator found", "column_name": "Health_Score", "operator": "like"},
        ),
        ("select Rating, Rating from Accounts where id is not null", "DUPLICATE_DATA", {"column_name": "Rating"}),
        ("select Contracts from Accounts where Contracts is not null", "INVALID_QUERY", {"column_name": "Contracts"}),
        (
            "select id from Accounts where Rating = 'a' and Rating = 'b' and Rating = 'c'",
            "SYNTAX_ERROR",
            {"near": "and"},
        ),
        ("select Rating, COUNT(id) from Accounts where id is not null", "INVALID_QUERY", {"column_name": "Rating"}),
    ],
)
def test_wrong_queries_are_refused(crm: httpx2.Client, query: str, code: str, details: dict[str, Any] | None) -> None:
    answer = crm.post("/crm/v8/coql", json={"select_query": query})
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert details is None or answer.json()["details"] == details


def test_a_body_without_a_query_is_refused(crm: httpx2.Client) -> None:
    answer = crm.post("/crm/v8/coql", json={})
    assert answer.json()["code"] == "MANDATORY_NOT_FOUND"
    assert answer.json()["details"] == {"api_name": "select_query"}


def test_a_query_ends_at_a_hundred_thousand_records(crm: httpx2.Client) -> None:
    query = {"select_query": "select id from Accounts where id is not null limit 99000, 2000"}
    assert crm.post("/crm/v8/coql", json=query).json()["code"] == "LIMIT_EXCEEDED"


def test_many_rows_cost_more_credits(sim: Simulator, rows: Rows) -> None:
    spent = []
    for limit in (200, 1000, 2000):
        before = sim.counters.credits
        rows(f"select id from Accounts where id is not null limit {limit}")  # noqa: S608
        spent.append(sim.counters.credits - before)
    assert spent == [1, 2, 3]
