"""Criteria as conditions over the fields of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.search.criteria import Criteria, Group, Triple, malformed, parse
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import Condition, Every, Predicate, Some, Test
from zohocrm_mcp.simulator.store.operands import LOOKUPS, NUMBERS, Unusable, operand
from zohocrm_mcp.simulator.store.predicates import SINGLE, many_predicate
from zohocrm_mcp.simulator.wire import Call, Refusal

MOST_CRITERIA = 15
MOST_VALUES = 100
SPANS = frozenset(["equals", "not_equal", "greater_equal", "greater_than", "less_equal", "less_than", "between", "in"])
TEXT_OPERATORS = frozenset(["equals", "not_equal", "starts_with", "in"])
CHOICES = frozenset(["equals", "not_equal", "in"])
CONTAINING = frozenset({"text", "email", "phone", "website", "textarea"})
OPERATORS: dict[str, frozenset[str]] = {
    **dict.fromkeys((*NUMBERS, "date", "datetime"), SPANS),
    **dict.fromkeys(("text", "email", "phone", "website"), TEXT_OPERATORS),
    **dict.fromkeys((*LOOKUPS, "picklist", "autonumber"), CHOICES),
    "boolean": frozenset({"equals", "not_equal"}),
    "textarea": frozenset({"equals", "not_equal", "starts_with"}),
    "multiselectpicklist": frozenset(["equals", "not_equal", "in", "starts_with"]),
    "string": TEXT_OPERATORS,
    **dict.fromkeys(("tags", "subform", "layout", "profileimage"), frozenset[str]()),
}
NAMES = {"equals": "equal"}


@known("Zoho CRM v8 specification: at most 15 conditions (CRITERIA_LIMIT_EXCEEDED); docs say 10")
def condition_of(call: Call, module: Module, text: str) -> Condition:
    """The condition that criteria state; refuses wrong ones as Zoho does."""
    tree = parse(text)
    if sum(1 for _ in triples(tree)) > MOST_CRITERIA:
        message = f"no of criterium that can be given exceed the limit {MOST_CRITERIA}"
        raise Refusal("CRITERIA_LIMIT_EXCEEDED", message, {"limit": MOST_CRITERIA})
    return _build(call, module, tree)


def triples(tree: Criteria) -> Iterator[Triple]:
    if isinstance(tree, Triple):
        yield tree
        return
    for part in tree.parts:
        yield from triples(part)


def _build(call: Call, module: Module, tree: Criteria) -> Condition:
    if isinstance(tree, Group):
        parts = tuple(_build(call, module, part) for part in tree.parts)
        return Every(parts) if tree.word == "and" else Some(parts)
    return _test(call, module, tree)


@known("Zoho CRM docs, Search Records: operators by data type; INVALID_QUERY with reason")
@guessed("an empty value is INVALID_QUERY")
def _test(call: Call, module: Module, triple: Triple) -> Test:
    field = module.field_named(triple.field)
    if not field:
        raise malformed(reason="invalid field found", api_name=triple.field)
    kind = field.value_type
    if triple.operator not in OPERATORS.get(kind, CHOICES):
        raise malformed(reason="invalid operator found", api_name=field.api_name, operator=triple.operator)
    if len(triple.values) > MOST_VALUES:
        raise Refusal("INVALID_QUERY", 'Only 100 values are allowed in "IN" criteria', {"api_name": field.api_name})
    try:
        value = _operand(field, triple, call.zone)
    except Unusable:
        raise malformed(reason="invalid value found", api_name=field.api_name, expected_data_type=kind) from None
    operator = NAMES.get(triple.operator, triple.operator)
    return Test(field.api_name, operator, value, _predicate(field, operator, value), "search ")


def _operand(field: Field, triple: Triple, zone: str) -> object:
    kind = "picklist" if field.value_type == "multiselectpicklist" else field.value_type
    if not any(triple.values):
        raise Unusable
    if triple.operator == "in":
        return tuple(operand(kind, value.strip(), zone) for value in triple.values)
    if triple.operator == "between":
        if len(triple.values) != 2:  # noqa: PLR2004
            raise Unusable
        return tuple(operand(kind, value.strip(), zone) for value in triple.values)
    return operand(kind, ",".join(triple.values), zone)


@known("Zoho CRM docs, Search Records: equals on text also finds values that only contain it")
@guessed("not_equal on text is exact; -None- and ${EMPTY} are values like others")
def _predicate(field: Field, operator: str, value: Any) -> Predicate:
    if field.data_type == "multiselectpicklist":
        found = many_predicate(operator, value)
        if found:
            return found
    if operator == "equal" and field.value_type in CONTAINING:
        return SINGLE["contains"](value)
    return SINGLE[operator](value)
