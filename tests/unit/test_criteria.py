"""Zoho's own criteria, read and written."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.services import field
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.conditions.criteria import is_criteria, parse, render
from zohocrm_mcp.services.conditions.tree import Asked, Branch, Condition, Leaf

INDUSTRY = Leaf("Industry", "equals", "Technology")
REVENUE = Leaf("Annual_Revenue", "greater_than", "1000000")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Account_Status:equals:Active", Leaf("Account_Status", "equals", "Active")),
        ("(Industry:equals:Technology)", INDUSTRY),
        ("((Industry:equals:Technology))", INDUSTRY),
        (
            "(Industry:equals:Technology) and (Annual_Revenue:greater_than:1000000)",
            Branch("and", (INDUSTRY, REVENUE)),
        ),
        (
            "((Industry:equals:Technology)and(Annual_Revenue:greater_than:1000000))",
            Branch("and", (INDUSTRY, REVENUE)),
        ),
        (
            "((Industry:equals:Technology)OR(Annual_Revenue:greater_than:1000000)or(a:is_empty:))",
            Branch("or", (INDUSTRY, REVENUE, Leaf("a", "is_empty", ""))),
        ),
        (
            "(((a:equals:1)or(b:equals:2))and(c:equals:3))",
            Branch(
                "and", (Branch("or", (Leaf("a", "equals", "1"), Leaf("b", "equals", "2"))), Leaf("c", "equals", "3"))
            ),
        ),
        ("(Annual Revenue:greater_than:1000000)", Leaf("Annual Revenue", "greater_than", "1000000")),
        ("(a:in:x,y\\,z,w)", Leaf("a", "in", ["x", "y,z", "w"])),
        ("(a:between:1,2)", Leaf("a", "between", ["1", "2"])),
        (r"(a:equals:O'Neil \(Söhne\)\, A\\B)", Leaf("a", "equals", "O'Neil (Söhne), A\\B")),
        ("(a:equals:10:30)", Leaf("a", "equals", "10:30")),
        ("(a:equals:this and that)", Leaf("a", "equals", "this and that")),
        ("(a:equals:${EMPTY})", Leaf("a", "is_empty")),
        ("(a:not_equal:${EMPTY})", Leaf("a", "is_not_empty")),
    ],
)
def test_criteria_are_read_as_they_stand(text: str, tree: Asked) -> None:
    assert is_criteria(text)
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "Account_Name is not null",
        "Created_Time > '2026-01-01T10:00:00+00:00'",
        "(Account_Name like 'a:equals:b')",
        "((Industry = 'x') and (Account_Name = 'a:b:c'))",
        'Account_Name = "a:equals:b"',
    ],
)
def test_coql_conditions_are_told_apart(text: str) -> None:
    assert not is_criteria(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(a:equals:1", "a closing bracket is missing"),
        ("(a:equals:1))", "brackets do not match"),
        ("(a:equals:1)and(b:equals:2)or(c:equals:3)", "and and or stand side by side"),
        ("(a:equals:1) (b:equals:2)", "brackets do not match"),
        ("(a:equals:1)and", "is not of the form Field:operator:value"),
        ("(a:like:1)", "'like' is no operator"),
        ("(a:equals)", "is not of the form"),
        ("()", "is not of the form"),
        ("(a:equals:x\\", "a closing bracket is missing"),
    ],
)
def test_criteria_that_cannot_be_read_are_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse(text)


@given(st.lists(st.text(min_size=1).filter(lambda text: text == text.strip()), min_size=1, max_size=5))
def test_whatever_is_written_is_read_again(values: list[str]) -> None:
    written = render(Condition(field("a"), "in", tuple(values)))
    assert parse(written) == Leaf("a", "in", [*values])


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        assert isinstance(parse(text), (Leaf, Branch))
