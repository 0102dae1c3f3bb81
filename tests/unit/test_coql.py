"""COQL queries of a caller's own, as far as they can be judged without Zoho."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.conditions.coql import credits_for, finding, join, quote
from zohocrm_mcp.services.coql.clauses import columns_in, parse, text_of
from zohocrm_mcp.services.coql.tokens import Token, tokens_of
from zohocrm_mcp.services.coql.where import parse_where, render

SELECT = "select Account_Name from Accounts"
SECOND = "; delete from Accounts"
NESTED = "where a in (select id from Contacts)"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("a = 'x'", "a = 'x'"),
        ("A = 'x' AND b > 5 and c is not null", "(A = 'x' AND b > 5) and c is not null"),
        ("a = 1 or b = 2 and c = 3", "a = 1 or (b = 2 and c = 3)"),
        ("(a = 1 or b = 2) and c = 3", "(a = 1 or b = 2) and c = 3"),
        ("((((a = 1))))", "a = 1"),
        ("a between 1 and 2 and b = 3", "a between 1 and 2 and b = 3"),
        ("a not between '1' and '2'", "a not between '1' and '2'"),
        ("a in ('x', 'y') and b not in (1,2)", "a in ('x', 'y') and b not in (1, 2)"),
        ("a = 'this and (that)' or b like '%x%'", "a = 'this and (that)' or b like '%x%'"),
        ("a = 'O''Neil'", "a = 'O''Neil'"),
        ("Account_Name.Industry = 'x'", "Account_Name.Industry = 'x'"),
        ("a = -1.5", "a = -1.5"),
        ("a = true", "a = true"),
        ("a = '( x ) , ( y' and b in ('( z )')", "a = '( x ) , ( y' and b in ('( z )')"),
        ('a = "x"', 'a = "x"'),
    ],
)
def test_conditions_are_bracketed_in_pairs(text: str, sent: str) -> None:
    assert render(parse_where(text)).replace(" AND ", " and ") == sent.replace(" AND ", " and ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = Technology", "Technology is no value"),
        ("a == 1", "= is no value"),
        ("a", "cannot be read near a"),
        ("a = ", "ends too early"),
        ("a is null null", "cannot be read near null"),
        ("a is empty", "'null' is missing"),
        ("(a = 1", "ends too early"),
        ("a = 1)", "cannot be read near"),
        ("a in ()", "is no value"),
        ("a between 1 or 2", "'and' is missing"),
        ("('a') = 'x'", "'and' is missing|cannot be read near"),
        ("a = 'x", "cannot be read near"),
        (r"a = 'x\' or b = 'y'", "a backslash stands before a quote"),
        ("a = 1 -- b", "cannot be read near"),
        ("a not = 1", "stands after not"),
        ("not a = 1", "cannot be read near"),
    ],
)
def test_conditions_that_cannot_be_read_are_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        parse_where(text)


def test_a_query_is_read_clause_by_clause() -> None:
    query = parse(
        "SELECT Industry, COUNT(id) as 'n' FROM Accounts WHERE id is not null"
        " GROUP BY Industry ORDER BY n desc LIMIT 5, 10;"
    )
    assert (query.module, query.limit, query.offset, query.grouped) == ("Accounts", 10, 5, True)
    assert query.aliases == {"n"}
    assert text_of(query, "id is not null", limit=10, offset=5) == (
        "select Industry, COUNT(id) as 'n' from Accounts where id is not null"
        " group by Industry order by n desc limit 5, 10"
    )


@pytest.mark.parametrize("tail", ["limit 20 offset 40", "limit 40, 20"])
def test_both_forms_of_an_offset_are_understood(tail: str) -> None:
    query = parse(f"{SELECT} {tail}")
    assert (query.limit, query.offset) == (20, 40)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "only select reads"),
        ("update Accounts set a = 1", "only select reads"),
        ("delete from Accounts", "only select reads"),
        (SELECT + SECOND, "more than one statement"),
        (f"{SELECT} where id is not null{SECOND}", "more than one statement"),
        ("select * from Accounts", r"COQL knows no \*"),
        ("select Account_Name", "from names no module"),
        ("select from Accounts", "no columns are selected"),
        ("select a from Accounts, Contacts", "from names no module"),
        (f"{SELECT} where", "ends too early"),
        (f"{SELECT} limit 0", "limit must be 1 or more"),
        (f"{SELECT} limit many", "many is no whole number"),
        (f"{SELECT} limit -5", "is no whole number"),
        (f"{SELECT} limit {'9' * 5000}", "is no whole number of at most 18 digits"),
        (f"{SELECT} limit 1, 2, 3", "limit takes one number, or two"),
        (f"{SELECT} limit 100000, 10", "the offset below 100000"),
        (f"{SELECT} order Account_Name", "order by names no columns"),
        (f"{SELECT} limit 5 where a = 1", "where stands in the wrong place"),
        (f"{SELECT} where a = 1 where b = 2", "where stands in the wrong place"),
        ("select a from (select b from Accounts)", "from names no module"),
        (f"{SELECT} {NESTED}", "select is no value"),
        ("select (a from Accounts", "brackets do not match|from names no module"),
        ("select a /* x */ from Accounts", "cannot be read near"),
    ],
)
def test_queries_that_are_no_single_select_are_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        parse(text)


def test_columns_are_found_wherever_they_stand() -> None:
    tokens = tokens_of("Industry, COUNT(id) as 'Secret', 'External', \"Order\", Owner.email as x")
    assert [tokens[place].inside for place in columns_in(tokens)] == [
        "Industry",
        "id",
        "External",
        "Order",
        "Owner.email",
    ]


@given(st.text(alphabet=st.characters(blacklist_characters="\\")))
def test_a_quoted_value_is_one_word_whatever_it_holds(value: str) -> None:
    tokens = tokens_of(f"a = {quote(value)}")
    assert [token.text for token in tokens[:2]] == ["a", "="]
    assert tokens[2:] == [Token("string", quote(value))]
    assert tokens[2].inside == value


@given(st.text())
def test_any_text_is_read_or_refused_as_a_query(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse(f"{text} from")


@pytest.mark.parametrize(
    ("conditions", "joined"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c", "d"], "((a or b) or c) or d")]
)
def test_joining_brackets_in_pairs(conditions: list[str], joined: str) -> None:
    assert join(conditions, "or") == joined


@pytest.mark.parametrize(("limit", "price"), [(1, 1), (200, 1), (201, 2), (1000, 2), (1001, 3), (2000, 3)])
def test_a_call_costs_by_its_limit(limit: int, price: int) -> None:
    assert credits_for(limit) == price


@pytest.mark.parametrize("text", ["a = 'x\\y'", "a in ('x', 'y\\')", "a like 'C:\\%'"])
def test_a_backslash_is_refused_because_nobody_says_what_it_means(text: str) -> None:
    with pytest.raises(InvalidInputError, match="a backslash stands"):
        parse_where(text)


def test_texts_with_a_backslash_are_found_by_a_pattern_in_conditions_that_fit() -> None:
    assert list(finding("Name", ["a", "b'c", "d\\e"])) == ["Name in ('a', 'b''c')", "Name like 'd%e'"]
    many = list(finding("Name", [f"{number}\\" for number in range(60)]))
    assert [where.count("like") for where in many] == [25, 25, 10]
    assert list(finding("Name", [])) == []
