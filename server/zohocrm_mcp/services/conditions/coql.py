"""Conditions and values in COQL. Pure. Source: Zoho CRM v8 docs, Query API and its limitations; Kaizen 81, 171, 183."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.conditions.recheck import exact_absence
from zohocrm_mcp.services.conditions.tree import Branch, Condition, Meant, Operand, Word, leaves

BATCH = 100
"""Values in one ``in`` list."""
BACKSLASH = "\\"
MOST_CONDITIONS = 25
MOST_RECORDS = 2_000
LAST_OFFSET = 100_000
_SIGNS = {
    "equals": "=",
    "not_equal": "!=",
    "greater_than": ">",
    "greater_equal": ">=",
    "less_than": "<",
    "less_equal": "<=",
    "in": "in",
    "not_in": "not in",
}
_ENCRYPTED = {"number": {"equals", "not_equal", "is_empty", "is_not_empty"}}
_PATTERNS = {"is": ("", ""), "starts_with": ("", "%"), "contains": ("%", "%"), "lacks": ("%", "%")}
_EMPTY = frozenset({"is_empty", "is_not_empty"})


def quote(value: str) -> str:
    """Return ``value`` as a string of COQL: single quotes around, those inside doubled.

    Whether a backslash escapes is not documented, so none may be in it: see ``pattern``.
    """
    assert BACKSLASH not in value
    return "'" + value.replace("'", "''") + "'"


def pattern(value: str) -> str:
    """Return ``value`` for ``like``; it may find more: a wildcard stands for each backslash."""
    return quote(value.replace(BACKSLASH, "%"))


def finding(column: str, texts: Sequence[str]) -> Iterator[str]:
    """Yield conditions that together find the records whose ``column`` is one of ``texts``, and perhaps more."""
    exact = [text for text in texts if BACKSLASH not in text]
    for start in range(0, len(exact), BATCH):
        yield f"{column} in ({', '.join(quote(text) for text in exact[start : start + BATCH])})"
    odd = [f"{column} like {pattern(text)}" for text in texts if BACKSLASH in text]
    for start in range(0, len(odd), MOST_CONDITIONS):
        yield join(odd[start : start + MOST_CONDITIONS], "or")


def join(conditions: Sequence[str], word: str) -> str:
    """Return ``conditions`` joined by ``and`` or ``or``, bracketed pairwise as COQL demands beyond two."""
    joined = conditions[0]
    for position, condition in enumerate(conditions[1:]):
        joined = f"({joined}) {word} {condition}" if position else f"{joined} {word} {condition}"
    return joined


def credits_for(limit: int) -> int:
    """Return what a call with this ``limit`` costs (Zoho CRM v8 docs, COQL limitations)."""
    return 1 if limit <= 200 else 2 if limit <= 1000 else 3  # noqa: PLR2004


def queryable(test: Condition) -> bool:
    """Whether COQL can answer the condition exactly, or with more than asked for."""
    if test.field.encrypted:
        return test.op in _ENCRYPTED.get(test.kind, _EMPTY)
    return test.kind != "long text" and exact_absence(test)


def condition(tree: Meant) -> str:
    """Return the tree as a condition, without ``where``.

    Raises:
        InvalidInputError: more conditions than COQL takes, one left for paging.
    """
    simple = _simple(tree)
    count = sum(1 for _ in leaves(simple))
    if count >= MOST_CONDITIONS:
        raise InvalidInputError(
            f"This needs {count} conditions; COQL takes {MOST_CONDITIONS}, and one of them is for paging.",
            hint="Use fewer conditions, or shorter lists: in takes 100 values per condition.",
            code="LIMIT_EXCEEDED",
        )
    return _render(simple)


def _render(tree: Meant) -> str:
    if isinstance(tree, Condition):
        return _test(tree)
    return join([f"({_render(part)})" if isinstance(part, Branch) else _render(part) for part in tree.parts], tree.word)


def _simple(tree: Meant) -> Meant:
    """Return the tree in which each condition is one that COQL writes as one."""
    if isinstance(tree, Branch):
        return Branch(tree.word, tuple(_simple(part) for part in tree.parts))
    if tree.kind == "multi-select" and tree.op not in _EMPTY:
        return _multi_select(tree)
    if tree.op in {"equals", "in"} and any(BACKSLASH in str(value) for value in tree.values):
        return _with_backslashes(tree)
    if tree.op in {"in", "not_in"} and len(tree.values) > BATCH:
        return _batches(tree)
    if tree.op in {"not_equal", "not_in"} and tree.kind != "boolean":
        return Branch("or", (tree, Condition(tree.field, "is_empty")))
    return tree


def _batches(test: Condition) -> Meant:
    lists = [test.values[start : start + BATCH] for start in range(0, len(test.values), BATCH)]
    parts = tuple(Condition(test.field, test.op, values) for values in lists)
    if test.op == "in":
        return _joined("or", parts)
    return Branch("or", (_joined("and", parts), Condition(test.field, "is_empty")))


def _with_backslashes(test: Condition) -> Meant:
    odd = [value for value in test.values if BACKSLASH in str(value)]
    rest = tuple(value for value in test.values if value not in odd)
    parts = (
        *((_simple(Condition(test.field, "in", rest)),) if rest else ()),
        *(Condition(test.field, "is", (one,)) for one in odd),
    )
    return _joined("or", parts)


def _multi_select(test: Condition) -> Meant:
    op = "lacks" if test.op == "not_in" else "contains"
    parts = tuple(Condition(test.field, op, (value,)) for value in test.values)
    joined = _joined("or" if test.op == "in" else "and", parts)
    return Branch("or", (joined, Condition(test.field, "is_empty"))) if test.op == "not_in" else joined


def _joined(word: Word, parts: Sequence[Meant]) -> Meant:
    return parts[0] if len(parts) == 1 else Branch(word, tuple(parts))


def _test(test: Condition) -> str:
    name, values = test.field.api_name, test.values
    if test.op in _EMPTY:
        return f"{name} is {'not ' if test.op == 'is_not_empty' else ''}null"
    if test.op == "between":
        return f"{name} between {_value(test, values[0])} and {_value(test, values[1])}"
    if test.op in _PATTERNS:
        before, after = _PATTERNS[test.op]
        return f"{name} {'not ' if test.op == 'lacks' else ''}like {pattern(f'{before}{values[0]}{after}')}"
    if test.op in {"in", "not_in"}:
        return f"{name} {_SIGNS[test.op]} ({', '.join(_value(test, value) for value in values)})"
    if test.kind == "boolean":
        return f"{name} = {quote(str(values[0] is (test.op == 'equals')).lower())}"
    return f"{name} {_SIGNS[test.op]} {_value(test, values[0])}"


def _value(test: Condition, value: Operand) -> str:
    return plain(value) if test.kind == "number" else quote(str(value))


def plain(value: Operand) -> str:
    """Return a number without exponent."""
    return f"{Decimal(str(value)).normalize():f}"
