"""Typed filters: their shape, what each type takes, and what they become in COQL or in Zoho's search."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import JsonValue

from support.services import field
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.conditions.filters import tree_of
from zohocrm_mcp.services.conditions.tree import Branch, Leaf, Meant
from zohocrm_mcp.services.search.operands import When, checked, meaning
from zohocrm_mcp.services.search.plan import Plan, planned

WHEN = When(datetime(2026, 10, 15, 12, tzinfo=ZoneInfo("Europe/Berlin")))
NAME = field("Account_Name")
NOTE = field("Description", "textarea")
INTERESTS = field("Interests", "multiselectpicklist", picklist=["CRM", "CRM Plus", "Support"])
FIELDS = {
    one.api_name: one
    for one in (
        NAME,
        NOTE,
        INTERESTS,
        field("Revenue", "currency"),
        field("Score", "integer"),
        field("Day", "date"),
        field("Time", "datetime"),
        field("Newsletter", "boolean"),
        field("Status", "picklist", picklist=["Active", "On Hold"]),
        field("id", "bigint"),
        field("Margin", "formula", returns="currency"),
        field("Secret", encrypted=True),
        field("Contracts", "subform"),
    )
}


def meant(name: str, op: str, value: JsonValue = None) -> Meant:
    return meaning(FIELDS[name], checked(FIELDS[name], Leaf(name, op, value)), WHEN)


def plan(*conditions: tuple[str, str, JsonValue], word: str = "and") -> Plan:
    parts = tuple(meant(*condition) for condition in conditions)
    return planned(parts[0] if len(parts) == 1 else Branch("and" if word == "and" else "or", parts))


@pytest.mark.parametrize(
    ("name", "op", "value", "sent"),
    [
        ("Account_Name", "equals", "O'Neil (Söhne), 株式会社", "Account_Name = 'O''Neil (Söhne), 株式会社'"),
        ("Account_Name", "equals", 360, "Account_Name = '360'"),
        ("Account_Name", "not_equal", "a", "Account_Name != 'a' or Account_Name is null"),
        ("Account_Name", "starts_with", "A", "Account_Name like 'A%'"),
        ("Account_Name", "contains", "A", "Account_Name like '%A%'"),
        ("Account_Name", "in", ["a", "b"], "Account_Name in ('a', 'b')"),
        ("Account_Name", "not_in", ["a"], "Account_Name not in ('a') or Account_Name is null"),
        ("Account_Name", "is_empty", None, "Account_Name is null"),
        ("Account_Name", "is_not_empty", None, "Account_Name is not null"),
        ("Account_Name", "equals", None, "Account_Name is null"),
        ("Account_Name", "not_equal", None, "Account_Name is not null"),
        ("Revenue", "greater_than", "1e6", "Revenue > 1000000"),
        ("Revenue", "between", [1, 2.5], "Revenue between 1 and 2.5"),
        ("Revenue", "less_equal", 1e20, "Revenue <= 100000000000000000000"),
        ("Margin", "greater_equal", 0, "Margin >= 0"),
        ("Newsletter", "equals", True, "Newsletter = 'true'"),
        ("Newsletter", "not_equal", "true", "Newsletter = 'false'"),
        ("Status", "equals", "active", "Status = 'Active'"),
        ("Status", "starts_with", "act", "Status like 'act%'"),
        ("id", "in", ["5437896100000000002"], "id in ('5437896100000000002')"),
        (
            "Interests",
            "contains",
            ["Support", "CRM Plus"],
            "Interests like '%Support%' and Interests like '%CRM Plus%'",
        ),
        ("Interests", "in", ["Support", "CRM Plus"], "Interests like '%Support%' or Interests like '%CRM Plus%'"),
        ("Interests", "not_in", ["Support"], "Interests not like '%Support%' or Interests is null"),
        ("Day", "equals", "2026-10-15", "Day = '2026-10-15'"),
        ("Day", "equals", "this_month", "Day between '2026-10-01' and '2026-10-31'"),
        ("Day", "between", "this_month", "Day between '2026-10-01' and '2026-10-31'"),
        ("Day", "between", ["yesterday", "tomorrow"], "Day between '2026-10-14' and '2026-10-16'"),
        ("Day", "less_than", "last_30_days", "Day < '2026-09-15'"),
        ("Day", "greater_equal", "last_30_days", "Day >= '2026-09-15'"),
        ("Day", "greater_than", "this_week", "Day > '2026-10-18'"),
        ("Day", "less_equal", "this_week", "Day <= '2026-10-18'"),
        ("Day", "in", ["2026-10-15", "yesterday"], "Day = '2026-10-15' or Day = '2026-10-14'"),
        ("Day", "equals", "2026-10-15T23:30:00-05:00", "Day = '2026-10-16'"),
        ("Day", "not_equal", "this_week", "(Day < '2026-10-12' or Day > '2026-10-18') or Day is null"),
        ("Time", "equals", "today", "Time between '2026-10-15T00:00:00+02:00' and '2026-10-15T23:59:59+02:00'"),
        ("Time", "greater_than", "2026-10-15", "Time > '2026-10-15T23:59:59+02:00'"),
        ("Time", "less_than", "2026-10-15T09:30:00Z", "Time < '2026-10-15T09:30:00+00:00'"),
        ("Time", "greater_equal", "2026-10-15 09:30", "Time >= '2026-10-15T09:30:00+02:00'"),
    ],
)
def test_what_coql_can_answer_goes_there(name: str, op: str, value: JsonValue, sent: str) -> None:
    made = plan((name, op, value))
    assert (made.via, made.text) == ("coql", sent)
    assert not made.rechecks


def test_conditions_are_bracketed_in_pairs() -> None:
    score = ("Score", "greater_than", 1)
    assert plan(score, score, score).text == "(Score > 1 and Score > 1) and Score > 1"
    either = plan(score, ("Status", "not_equal", "Active"), word="or")
    assert either.text == "Score > 1 or (Status != 'Active' or Status is null)"


def test_long_lists_are_split_into_hundreds() -> None:
    made = plan(("Account_Name", "in", [f"n{n}" for n in range(250)]))
    assert made.text.count(" in (") == 3
    assert made.text.count(" or ") == 2
    absent = plan(("Account_Name", "not_in", [f"n{n}" for n in range(150)]))
    assert absent.text.count(" not in (") == 2
    assert absent.text.endswith(") or Account_Name is null")


def test_more_conditions_than_coql_takes_are_refused() -> None:
    assert plan(*[("Score", "equals", n) for n in range(24)]).text.count("Score =") == 24
    with pytest.raises(InvalidInputError, match="needs 25 conditions"):
        plan(*[("Score", "equals", n) for n in range(25)])


@pytest.mark.parametrize(
    ("op", "value", "sent"),
    [
        ("contains", "a (b), c\\d", r"(Description:equals:a \(b\)\, c\\d)"),
        ("starts_with", "a", "(Description:starts_with:a)"),
        ("equals", "a", "(Description:equals:a)"),
    ],
)
def test_multi_line_text_goes_to_the_search_interface(op: str, value: str, sent: str) -> None:
    made = plan(("Description", op, value))
    assert (made.via, made.text) == ("search", sent)


def test_what_search_finds_too_much_of_is_checked_again() -> None:
    made = plan(("Description", "equals", "abc"), ("Account_Name", "equals", "Acme"), ("Score", "between", [1, 2]))
    assert made.text == "((Description:equals:abc)and(Account_Name:equals:Acme)and(Score:between:1,2))"
    assert made.holds({"Description": "ABC", "Account_Name": "acme"})
    assert not made.holds({"Description": "abcd", "Account_Name": "Acme"})
    assert not made.holds({"Description": "abc", "Account_Name": "Acme Inc"})


@pytest.mark.parametrize(
    ("op", "value", "sent", "right", "wrong"),
    [
        ("equals", r"A\B", "Account_Name like 'A%B'", r"a\b", "AxB"),
        ("in", ["x", r"A\B"], "Account_Name in ('x') or Account_Name like 'A%B'", r"A\B", "AB"),
        ("contains", "50%", "Account_Name like '%50%%'", "a 50% b", "500"),
        ("starts_with", "a_b", "Account_Name like 'a_b%'", "A_bc", "axbc"),
        ("contains", "\\", "Account_Name like '%%%'", "a\\", "a"),
    ],
)
def test_backslashes_and_wildcards_are_looked_at_again(
    op: str, value: JsonValue, sent: str, right: str, wrong: str
) -> None:
    made = plan(("Account_Name", op, value))
    assert made.text == sent
    assert made.holds({"Account_Name": right})
    assert not made.holds({"Account_Name": wrong})


def test_a_multi_select_value_inside_another_is_looked_at_again() -> None:
    made = plan(("Interests", "contains", "CRM"))
    assert made.holds({"Interests": ["CRM", "Support"]})
    assert not made.holds({"Interests": ["CRM Plus"]})
    exactly = plan(("Interests", "equals", ["Support"]))
    assert exactly.holds({"Interests": ["Support"]})
    assert not exactly.holds({"Interests": ["Support", "CRM"]})


def test_what_cannot_be_answered_exactly_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="cannot be one of several alternatives"):
        plan(("Account_Name", "contains", "50%"), ("Score", "equals", 1), word="or")
    with pytest.raises(InvalidInputError, match="not_in on Interests"):
        plan(("Interests", "not_in", ["CRM"]))
    with pytest.raises(InvalidInputError, match="together with is_empty on Score"):
        plan(("Description", "contains", "a"), ("Score", "is_empty", None))


def test_encrypted_text_is_compared_by_the_search_interface() -> None:
    assert plan(("Secret", "equals", "a")).via == "search"
    assert plan(("Secret", "is_empty", None)).via == "coql"


def test_a_condition_that_coql_may_refuse_has_an_alternative() -> None:
    made = plan(("Account_Name", "starts_with", "A"))
    assert made.alternative == Plan("search", "(Account_Name:starts_with:A)")
    assert plan(("Account_Name", "contains", "A")).alternative is None


@pytest.mark.parametrize(
    ("name", "op", "value"),
    [
        ("Account_Name", "greater_than", "a"),
        ("Account_Name", "between", ["a", "b"]),
        ("Account_Name", "equals", ["a", "b"]),
        ("Account_Name", "equals", ""),
        ("Account_Name", "in", []),
        ("Account_Name", "in", ["a", None]),
        ("Account_Name", "equals", {"a": 1}),
        ("Account_Name", "contains", None),
        ("Score", "contains", 5),
        ("Score", "equals", "high"),
        ("Score", "equals", True),
        ("Score", "between", 5),
        ("Score", "between", [1, 2, 3]),
        ("Newsletter", "equals", "maybe"),
        ("Newsletter", "in", [True]),
        ("Status", "equals", "Bogus"),
        ("Interests", "contains", ["Bogus"]),
        ("Description", "is_empty", None),
        ("Day", "equals", "someday"),
        ("Day", "between", ["2026-10-15"]),
        ("Time", "equals", 5),
        ("id", "equals", "1 or 1=1"),
        ("Contracts", "equals", "a"),
    ],
)
def test_what_a_type_does_not_take_is_refused_before_anything_is_sent(name: str, op: str, value: JsonValue) -> None:
    with pytest.raises(InvalidInputError, match=name) as refused:
        meant(name, op, value)
    assert refused.value.details["field"] == name


def test_operators_are_understood_in_any_case() -> None:
    tree = tree_of([{"field": "Score", "op": "Greater Than", "value": 1}])
    assert tree == Leaf("Score", "greater_than", 1)


@pytest.mark.parametrize(
    ("filters", "match", "message"),
    [
        ([], "all", "filters is empty"),
        ([{"field": "a"}], "all", "is no filter"),
        ([{"field": "a", "op": "equals", "values": [1]}], "all", "is no filter"),
        (["a = 1"], "all", "is no filter"),
        ([{"field": "a", "op": "like", "value": 1}], "all", "'like' is no operator"),
        ([{"field": "a", "op": "equals", "value": 1}], "some", "match is 'some'"),
    ],
)
def test_filters_of_another_shape_are_refused(filters: list[dict[str, JsonValue]], match: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        tree_of(filters, match)
