"""What a condition compares with: values checked by the field's type, times turned into spans. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import FieldInfo
from zohocrm_mcp.services.conditions.tree import KINDS, TAKES, Branch, Condition, Leaf, Meant, Operand
from zohocrm_mcp.services.names import listed, shown
from zohocrm_mcp.services.schema import dates
from zohocrm_mcp.services.schema.picklists import pick
from zohocrm_mcp.services.schema.scalars import boolean_of, number_of, refuse

_SINGLE = frozenset({"equals", "not_equal", "starts_with", "contains"})
_LIST = frozenset({"in", "not_in"})
_PART = frozenset({"starts_with", "contains"})
PAIR = 2


@dataclass(frozen=True)
class When:
    """The moment of the search and the time zone that days are days of."""

    now: datetime

    @property
    def zone(self) -> tzinfo:
        assert self.now.tzinfo is not None
        return self.now.tzinfo


def checked(info: FieldInfo, leaf: Leaf) -> Leaf:
    """Return the leaf with a value of the right shape: none, one, a list, or a pair. Null stands for empty.

    Raises:
        InvalidInputError: the field's type does not take the operator, or the value has the wrong shape.
    """
    kind = KINDS.get(info.value_type)
    if kind is None or leaf.op not in TAKES[kind]:
        takes = f"It takes {listed(TAKES[kind])}" if kind else "It can only be read"
        raise InvalidInputError(
            f"{leaf.op} cannot be used on {shown(info)}, which is of type {info.value_type}.",
            hint=f"{takes}.",
            field=info.api_name,
            code="INVALID_QUERY",
        )
    if leaf.op.startswith("is_"):
        return Leaf(leaf.field, leaf.op)
    if leaf.value is None and leaf.op in {"equals", "not_equal"}:
        return Leaf(leaf.field, "is_empty" if leaf.op == "equals" else "is_not_empty")
    return Leaf(leaf.field, leaf.op, _shape(info, leaf))


def _shape(info: FieldInfo, leaf: Leaf) -> list[JsonValue]:
    values: list[JsonValue] = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    several = leaf.op in _LIST or info.value_type == "multiselectpicklist"
    pair = leaf.op == "between" and (len(values) == PAIR or _is_span(values))
    single = leaf.op not in _LIST and leaf.op != "between" and len(values) == 1
    lookup = KINDS[info.value_type] == "lookup"
    if not values or any(
        one is None or isinstance(one, list) or (isinstance(one, dict) and not lookup) for one in values
    ):
        pair = single = several = False
    if not (several or pair or single):
        wanted = {"between": "a list of two values", "in": "a list", "not_in": "a list"}.get(leaf.op, "one value")
        refuse(info, leaf.value, f"{wanted} with {leaf.op}", code="INVALID_QUERY")
    return values


def _is_span(values: list[JsonValue]) -> bool:
    return len(values) == 1 and isinstance(values[0], str) and not dates.DATE.match(values[0])


def meaning(info: FieldInfo, leaf: Leaf, when: When) -> Meant:
    """Return what a checked leaf, not one of a lookup, means.

    Raises:
        InvalidInputError: a value is of the wrong type, outside the pick list, or no time.
    """
    if not isinstance(leaf.value, list):
        return Condition(info, leaf.op)
    if KINDS[info.value_type] == "time":
        return _time(info, leaf.op, [moments(info, value, when) for value in leaf.value])
    return Condition(info, leaf.op, tuple(_operand(info, leaf.op, value) for value in leaf.value))


def _operand(info: FieldInfo, op: str, value: JsonValue) -> Operand:
    kind = KINDS[info.value_type]
    if kind == "number":
        return number_of(info, value, "a number")
    if kind == "boolean":
        return boolean_of(info, value)
    if kind == "key":
        if not re.fullmatch(r"[0-9]{1,20}", str(value)):
            refuse(info, value, "a whole number")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
        refuse(info, value, "text")
    if kind in {"pick list", "multi-select"} and op not in _PART - {"contains" if kind == "multi-select" else ""}:
        return pick(info, str(value)) or str(value)
    return str(value)


def moments(info: FieldInfo, value: JsonValue, when: When) -> tuple[str, str]:
    """Return the first and the last moment that ``value`` stands for, as Zoho writes them for the field's type."""
    text = value.strip() if isinstance(value, str) else ""
    moment = dates.parse_datetime(text, when.zone)
    day = dates.parse_date(text)
    days = dates.Span(day, day) if day else dates.span(text, when.now.date())
    if moment and info.value_type == "datetime":
        return dates.wire(moment), dates.wire(moment)
    if moment:
        day = moment.astimezone(when.zone).date()
        days = dates.Span(day, day)
    if not days:
        hint = f"Spans such as {dates.SPANS} work too; days are days in the time zone {when.zone}."
        refuse(info, value, "a date as yyyy-MM-dd or a date-time", hint=hint, code="INVALID_QUERY")
    if info.value_type == "datetime":
        return dates.starts(days.first, when.zone), dates.ends(days.last, when.zone)
    return days.first.isoformat(), days.last.isoformat()


def _time(info: FieldInfo, op: str, spans: list[tuple[str, str]]) -> Meant:
    if op in _LIST:
        parts = tuple(_time(info, "equals" if op == "in" else "not_equal", [one]) for one in spans)
        return parts[0] if len(parts) == 1 else Branch("or" if op == "in" else "and", parts)
    first, last = spans[0][0], spans[-1][1]
    if op in {"greater_than", "less_equal"}:
        return Condition(info, op, (last,))
    if op in {"greater_equal", "less_than"}:
        return Condition(info, op, (first,))
    if op == "between" or (op == "equals" and first != last):
        return Condition(info, "between", (first, last))
    if op == "not_equal" and first != last:
        outside = (
            Condition(info, "less_than", (first,)),
            Condition(info, "greater_than", (last,)),
            Condition(info, "is_empty"),
        )
        return Branch("or", outside)
    return Condition(info, op, (first,))
