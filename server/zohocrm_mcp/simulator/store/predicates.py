"""Comparisons of stored values, for one operator and operand each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from zohocrm_mcp.simulator.sources import guessed
from zohocrm_mcp.simulator.store.conditions import Predicate
from zohocrm_mcp.simulator.store.reference import Reference

Prepare = Callable[[Any], Any]


@guessed("text is compared without case; a Reference compares by its id")
def plain(value: Any) -> Any:
    """A stored value in the form operands have."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, Reference):
        return value.id
    return value


def _several(value: object) -> list[object]:
    return [plain(each) for each in value] if isinstance(value, list | tuple) else []


def _equal(operand: Any) -> Predicate:
    return lambda value: plain(value) == operand


@guessed("not equal also finds empty values")
def _not_equal(operand: Any) -> Predicate:
    return lambda value: plain(value) != operand


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any], Predicate]:
    return lambda operand: lambda value: value is not None and compare(plain(value), operand)


def _between(operand: Any) -> Predicate:
    low, high = operand
    return lambda value: value is not None and low <= plain(value) <= high


def _one_of(operand: Any) -> Predicate:
    allowed = frozenset(operand)
    return lambda value: plain(value) in allowed


def _contains(operand: Any) -> Predicate:
    return lambda value: value is not None and str(operand) in str(plain(value))


def _starts(operand: Any) -> Predicate:
    return lambda value: value is not None and str(plain(value)).startswith(str(operand))


def _ends(operand: Any) -> Predicate:
    return lambda value: value is not None and str(plain(value)).endswith(str(operand))


def _like(operand: Any) -> Predicate:
    pattern = ".*".join(re.escape(part) for part in str(operand).split("%"))
    matches = re.compile(pattern, re.DOTALL).fullmatch
    return lambda value: value is not None and matches(str(plain(value))) is not None


def _empty(_: Any) -> Predicate:
    return lambda value: value is None or value in ([], "")


def _negated(make: Callable[[Any], Predicate]) -> Callable[[Any], Predicate]:
    def negated(operand: Any) -> Predicate:
        holds = make(operand)
        return lambda value: not holds(value)

    return negated


SINGLE: dict[str, Callable[[Any], Predicate]] = {
    "equal": _equal,
    "not_equal": _not_equal,
    "less_than": _ordered(lambda value, operand: bool(value < operand)),
    "less_equal": _ordered(lambda value, operand: bool(value <= operand)),
    "greater_than": _ordered(lambda value, operand: bool(value > operand)),
    "greater_equal": _ordered(lambda value, operand: bool(value >= operand)),
    "between": _between,
    "not_between": _negated(_between),
    "in": _one_of,
    "not_in": _negated(_one_of),
    "contains": _contains,
    "not_contains": _negated(_contains),
    "starts_with": _starts,
    "ends_with": _ends,
    "like": _like,
    "not_like": _negated(_like),
    "empty": _empty,
    "not_empty": _negated(_empty),
}


@guessed("a multi-select equals the operand when the chosen values are the same set; in and contains want one of them")
@guessed("like on a multi-select sees its values joined by semicolons")
def many_predicate(operator: str, operand: Any) -> Predicate | None:
    """Comparison of a multi-select field with one value or a list of them."""
    wanted = frozenset(operand) if isinstance(operand, list | tuple) else frozenset(str(operand).split(";"))
    holds: dict[str, Predicate] = {
        "equal": lambda value: frozenset(_several(value)) == wanted,
        "in": lambda value: bool(wanted & frozenset(_several(value))),
        "contains": lambda value: wanted <= frozenset(_several(value)),
        "starts_with": lambda value: any(str(each).startswith(tuple(map(str, wanted))) for each in _several(value)),
        "like": lambda value: bool(value) and _like(operand)(";".join(map(str, _several(value)))),
        "empty": lambda value: not value,
    }
    negations = {
        "not_equal": "equal",
        "not_in": "in",
        "not_contains": "contains",
        "not_like": "like",
        "not_empty": "empty",
    }
    if operator in negations:
        affirmed = holds[negations[operator]]
        return lambda value: not affirmed(value)
    return holds.get(operator)
