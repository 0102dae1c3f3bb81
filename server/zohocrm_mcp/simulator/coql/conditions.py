"""The WHERE of a query as a condition over stored values."""

from __future__ import annotations

from typing import Any

from zohocrm_mcp.simulator.coql.plan import resolve
from zohocrm_mcp.simulator.coql.tree import Comparison, Joined, Where
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import Condition, Every, Some, Test
from zohocrm_mcp.simulator.store.operands import LOOKUPS, ORDERED, TEXTS, Unusable, operand
from zohocrm_mcp.simulator.store.predicates import SINGLE, many_predicate
from zohocrm_mcp.simulator.wire import Call, Refusal

UNSUPPORTED = frozenset({"subform", "profileimage"})
EQUALITY = frozenset(["equal", "not_equal", "in", "not_in", "empty", "not_empty"])
EMPTINESS = frozenset(["empty", "not_empty"])
ORDERING = EQUALITY | frozenset(["less_than", "less_equal", "greater_than", "greater_equal", "between", "not_between"])
PATTERNS = EQUALITY | {"like", "not_like"}


def condition_of(call: Call, module: Module, where: Where) -> Condition:
    if isinstance(where, Joined):
        parts = tuple(condition_of(call, module, part) for part in where.parts)
        return Every(parts) if where.word == "and" else Some(parts)
    return _test(call, module, where)


@known("live: INVALID_QUERY, invalid operator found, with column_name and operator", 2026)
@guessed("= on text is exact and without case; < and > are refused on text, like on anything but text")
def _test(call: Call, module: Module, comparison: Comparison) -> Test:
    field = resolve(call.state.schema, module, comparison.path).field
    if field.data_type in UNSUPPORTED:
        raise Refusal("INVALID_QUERY", "unsupported column", {"column_name": comparison.path})
    if comparison.operator not in _operators(field):
        details = {
            "reason": "invalid operator found",
            "column_name": comparison.path,
            "operator": comparison.sign,
        }
        raise Refusal("INVALID_QUERY", "Invalid query formed", details)
    try:
        value = _operand(call, field, comparison)
    except Unusable:
        details = {
            "column_name": comparison.path,
            "reason": "invalid value found",
            "expected_data_type": field.value_type,
        }
        raise Refusal("INVALID_QUERY", "Invalid query formed", details) from None
    predicate = SINGLE[comparison.operator](value)
    if field.data_type == "multiselectpicklist":
        predicate = many_predicate(comparison.operator, value) or predicate
    return Test(comparison.path, comparison.operator, value, predicate, "coql ")


def _operators(field: Field) -> frozenset[str]:
    kind = field.value_type
    if kind == "multiselectpicklist" or kind in TEXTS:
        return PATTERNS
    if kind in ORDERED:
        return ORDERING
    return EQUALITY if kind == "boolean" or kind in LOOKUPS else EMPTINESS


@guessed("a lookup may be compared with the name of its record only through a dotted path")
def _operand(call: Call, field: Field, comparison: Comparison) -> Any:
    kind = "picklist" if field.value_type == "multiselectpicklist" else field.value_type
    values = tuple(operand(kind, value.text, call.zone) for value in comparison.values)
    if comparison.operator.endswith(("between", "in")):
        return values
    return values[0] if values else None
