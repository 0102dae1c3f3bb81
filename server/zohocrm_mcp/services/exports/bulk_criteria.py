"""Conditions as criteria of Zoho's Bulk Read jobs. Pure. Source: Zoho CRM v8 docs, Create Bulk Read Job."""

from __future__ import annotations

from pydantic import JsonValue

from zohocrm_mcp.models import Record
from zohocrm_mcp.services.conditions.tree import Branch, Condition, Meant, leaves

MOST_CONDITIONS = 25
MOST_VALUES = 100
EMPTY = "${EMPTY}"
_COMPARATORS = {
    "equals": "equal",
    "not_equal": "not_equal",
    "starts_with": "starts_with",
    "contains": "contains",
    "in": "in",
    "not_in": "not_in",
    "between": "between",
    "greater_than": "greater_than",
    "greater_equal": "greater_equal",
    "less_than": "less_than",
    "less_equal": "less_equal",
    "is_empty": "equal",
    "is_not_empty": "not_equal",
}
_LISTS = frozenset({"in", "not_in", "between"})
_NEGATIVE = frozenset({"not_equal", "not_in"})


def bulk_criteria(tree: Meant) -> Record | None:
    """Return ``tree`` as Bulk Read takes it; None when it cannot say so much, or not exactly."""
    written = _with_empties(tree)
    tests = list(leaves(written))
    if len(tests) > MOST_CONDITIONS or not all(_sayable(test) for test in tests):
        return None
    return _render(written)


def _sayable(test: Condition) -> bool:
    return (
        test.kind not in {"multi-select", "long text"}
        and "." not in test.field.api_name
        and not test.field.encrypted
        and len(test.values) <= MOST_VALUES
    )


def _with_empties(tree: Meant) -> Meant:
    """A record without a value is unequal to every value, here as everywhere in the product."""
    if isinstance(tree, Branch):
        return Branch(tree.word, tuple(_with_empties(part) for part in tree.parts))
    if tree.op in _NEGATIVE and tree.kind != "boolean":
        return Branch("or", (tree, Condition(tree.field, "is_empty")))
    return tree


def _render(tree: Meant) -> Record:
    if isinstance(tree, Branch):
        return {"group_operator": tree.word, "group": [_render(part) for part in tree.parts]}
    return {"field": {"api_name": tree.field.api_name}, "comparator": _COMPARATORS[tree.op], "value": _value(tree)}


def _value(test: Condition) -> JsonValue:
    if test.op in {"is_empty", "is_not_empty"}:
        return EMPTY
    return list(test.values) if test.op in _LISTS else test.values[0]
