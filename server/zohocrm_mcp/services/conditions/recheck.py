"""Conditions that Zoho answers with too much, and how they are checked again on a record. Pure.

``like`` knows ``%`` and perhaps ``_`` as wildcards and no way to escape them, and is given ``%`` in the place of a
backslash; it also finds a multi-select value inside a longer one. The search interface finds by ``equals`` what merely
contains the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.conditions.tree import Branch, Condition, Meant
from zohocrm_mcp.services.names import shown

_PART = frozenset({"starts_with", "contains"})
_LONG = frozenset({"text", "long text"})


def of_coql(tree: Meant) -> tuple[Condition, ...]:
    """Return the conditions that COQL answers with too much."""
    return tuple(_needing(tree, _loose_in_coql))


def of_search(tree: Meant) -> tuple[Condition, ...]:
    """Return the conditions that the search interface answers with too much."""
    return tuple(_needing(tree, lambda test: test.op == "equals" and test.kind in _LONG))


def _needing(tree: Meant, loose: Callable[[Condition], bool]) -> Iterator[Condition]:
    if isinstance(tree, Condition):
        if loose(tree):
            yield tree
        return
    for part in tree.parts:
        for test in _needing(part, loose):
            if tree.word == "or" and not _only_underscores(test):
                raise InvalidInputError(
                    f"{test.op} on {shown(test.field)} with {test.values[0]!r} cannot be one of several alternatives.",
                    hint="Zoho finds more than asked for here; search for each alternative alone.",
                    field=test.field.api_name,
                    code="INVALID_QUERY",
                )
            if tree.word == "and":
                yield test


def _loose_in_coql(test: Condition) -> bool:
    if test.kind == "multi-select":
        return test.op == "equals" or (test.op in {"contains", "in"} and _inside_another(test))
    if any("\\" in str(value) for value in test.values):
        return test.op in {"equals", "in"} or test.op in _PART
    return test.op in _PART and any(sign in str(test.values[0]) for sign in "%_")


def _only_underscores(test: Condition) -> bool:
    exact = test.kind == "multi-select" or test.op not in _PART
    return not exact and not any(sign in str(test.values[0]) for sign in "%\\")


def _inside_another(test: Condition) -> bool:
    """Whether a value is part of another value of the pick list, so that ``like`` finds that one too."""
    others = [value.casefold() for value in test.field.picklist or ()]
    wanted = [str(value).casefold() for value in test.values]
    return any(one in other and one != other for one in wanted for other in others)


def exact_absence(test: Condition) -> bool:
    """Whether a negated condition leaves out no more than it should."""
    if test.op not in {"not_in", "not_equal"}:
        return True
    odd = any("\\" in str(value) for value in test.values)
    return not odd and (test.kind != "multi-select" or not _inside_another(test))


def for_search(tree: Meant) -> Meant:
    """Return the tree with what the search interface calls by another name."""
    if isinstance(tree, Branch):
        return Branch(tree.word, tuple(for_search(part) for part in tree.parts))
    if tree.kind == "multi-select" and tree.op == "contains" and len(tree.values) == 1:
        return replace(tree, op="in")
    return tree


def holds(test: Condition, value: JsonValue) -> bool:
    """Whether ``value`` of a record satisfies the condition, compared without case."""
    wanted = [str(one).casefold() for one in test.values]
    if isinstance(value, list):
        return _holds_list(test.op, {str(one).casefold() for one in value}, set(wanted))
    text = "" if value is None else str(value).casefold()
    if test.op == "starts_with":
        return text.startswith(wanted[0])
    return wanted[0] in text if test.op == "contains" else text in wanted


def _holds_list(op: str, found: set[str], wanted: set[str]) -> bool:
    if op == "equals":
        return found == wanted
    return wanted <= found if op == "contains" else bool(wanted & found)
