"""Criteria as JSON, as custom views and bulk read have them: comparators, groups, ``${EMPTY}``."""

from __future__ import annotations

from typing import Any

from zohocrm_mcp.simulator.coql.plan import resolve
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import Condition, Every, Some, Test
from zohocrm_mcp.simulator.store.operands import LOOKUPS, ORDERED, TEXTS, Unusable, operand
from zohocrm_mcp.simulator.store.predicates import SINGLE, many_predicate
from zohocrm_mcp.simulator.wire import Call, Json, Refusal

EMPTY = "${EMPTY}"
MOST_CRITERIA = 25
MOST_VALUES = 200
EQUALITY = frozenset(["equal", "not_equal", "in", "not_in"])
TEXT = EQUALITY | {"contains", "not_contains", "starts_with", "ends_with"}
ORDER = EQUALITY | {"less_than", "less_equal", "greater_than", "greater_equal", "between", "not_between"}


@known(
    "Zoho CRM v8 specification, bulk read: AMBIGUOUS_CRITERIA, GROUP_OPERATOR_NOT_SUPPORTED, CRITERIA_LIMIT_EXCEEDED"
)
def condition_of(call: Call, module: Module, criteria: Any) -> Condition:
    """The condition that JSON criteria state; refuses wrong ones."""
    if not isinstance(criteria, dict):
        raise Refusal("INVALID_CRITERIA", "The criteria given is invalid.")
    if _count(criteria) > MOST_CRITERIA:
        raise Refusal("CRITERIA_LIMIT_EXCEEDED", "The criteria limit is exceeded.", {"max_limit": MOST_CRITERIA})
    return _built(call, module, criteria)


def _count(criteria: Json) -> int:
    group = criteria.get("group")
    if isinstance(group, list):
        return sum(_count(part) for part in group if isinstance(part, dict))
    return 1


def _built(call: Call, module: Module, criteria: Json) -> Condition:
    if "group" not in criteria:
        return _test(call, module, criteria)
    if "comparator" in criteria:
        raise Refusal("AMBIGUOUS_CRITERIA", "The criteria given is ambiguous.")
    operator, parts = str(criteria.get("group_operator", "")).lower(), criteria["group"]
    if operator not in ("and", "or"):
        details = {"supported": ["and", "or"]}
        raise Refusal("GROUP_OPERATOR_NOT_SUPPORTED", "The group operator given is not supported.", details)
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise Refusal("INVALID_CRITERIA", "The criteria given is invalid.")
    built = tuple(_built(call, module, part) for part in parts)
    return Every(built) if operator == "and" else Some(built)


@known("Zoho CRM v8 docs, bulk read: comparators by data type")
@guessed("between and in take lists; a text of values separated by commas is taken too")
def _test(call: Call, module: Module, criteria: Json) -> Test:
    named = criteria.get("field")
    path = str(named.get("api_name") if isinstance(named, dict) else criteria.get("api_name"))
    try:
        field = resolve(call.state.schema, module, path).field
    except Refusal as refusal:
        message = "The field given in the criteria is not supported."
        raise Refusal("FIELD_IN_CRITERIA_NOT_SUPPORTED", message, {"api_name": path}) from refusal
    comparator, value = str(criteria.get("comparator", "")).lower(), criteria.get("value")
    if comparator not in _comparators(field):
        message = "The field and comparator given in the criteria are not compatible."
        details = {"api_name": path, "comparator": comparator}
        raise Refusal("FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED", message, details)
    if value == EMPTY or value is None:
        return _emptiness(path, comparator)
    try:
        wanted = _operand(field, comparator, value, call.zone)
    except Unusable:
        message = "The comparator and value given in the criteria are not compatible."
        details = {"api_name": path, "comparator": comparator}
        raise Refusal("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", message, details) from None
    predicate = SINGLE[comparator](wanted)
    if field.data_type == "multiselectpicklist":
        predicate = many_predicate(comparator, wanted) or predicate
    return Test(path, comparator, wanted, predicate, "filter ")


def _comparators(field: Field) -> frozenset[str]:
    kind = field.value_type
    if kind in TEXTS or kind == "multiselectpicklist":
        return TEXT
    if kind in ORDERED:
        return ORDER
    return EQUALITY if kind == "boolean" or kind in LOOKUPS else frozenset()


def _emptiness(path: str, comparator: str) -> Test:
    operator = "not_empty" if comparator.startswith("not_") else "empty"
    return Test(path, operator, None, SINGLE[operator](None), "filter ")


def _operand(field: Field, comparator: str, value: Any, zone: str) -> Any:
    kind = "picklist" if field.value_type == "multiselectpicklist" else field.value_type
    if not comparator.endswith(("in", "between")):
        if isinstance(value, list | dict):
            raise Unusable
        return operand(kind, value, zone)
    values = value if isinstance(value, list) else str(value).split(",")
    if len(values) > MOST_VALUES:
        raise Refusal("VALUE_LIMIT_EXCEEDED_IN_CRITERIA", "The value limit is exceeded.", {"max_limit": MOST_VALUES})
    if comparator.endswith("between") and len(values) != len(("low", "high")):
        raise Unusable
    return tuple(operand(kind, each, zone) for each in values)
