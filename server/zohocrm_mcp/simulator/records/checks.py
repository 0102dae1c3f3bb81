"""Whether a value may be stored in a field, and as what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store import times
from zohocrm_mcp.simulator.wire import Json

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.state import State

EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")
PHONE = re.compile(r"[+\d][-\d\s().+xX#*/,;]*")
INTEGER_DIGITS = 9
NUMBER_DIGITS = 16
PERCENT_DIGITS = 5
TEXTS = frozenset({"text", "textarea", "website", "email", "phone", "picklist", "autonumber", "profileimage"})


class Unfit(Exception):  # noqa: N818
    """A value that a field does not take; ``details`` say what it wants."""

    def __init__(self, message: str = "invalid data", **details: object) -> None:
        super().__init__(message)
        self.message, self.details = message, details


@known("Zoho CRM v8 docs: field value rules; INVALID_DATA with expected_data_type, maximum_length or supported_values")
@guessed("names in expected_data_type: those of the data type; null clears any field")
def stored(state: State, field: Field, value: Any) -> object:
    """The value as it is kept; raises ``Unfit``."""
    if value is None:
        return None
    return _CHECKS[field.data_type](state, field, value)


def _text(state: State, field: Field, value: object) -> object:
    if not isinstance(value, str):
        raise Unfit(expected_data_type=field.data_type if field.data_type in ("email", "phone") else "text")
    if field.length is not None and len(value) > field.length:
        raise Unfit(maximum_length=field.length)
    if field.data_type == "email" and value and not EMAIL.fullmatch(value):
        raise Unfit(expected_data_type="email")
    if field.data_type == "phone" and value and not PHONE.fullmatch(value):
        raise Unfit(expected_data_type="phone")
    if field.data_type == "picklist":
        return _picked(state, field, value)
    return value or None


def _picked(state: State, field: Field, value: str) -> str | None:
    if value in ("-None-", ""):
        return None
    if state.settings.strict_picklists and value not in field.actual_values:
        raise Unfit(supported_values=field.actual_values)
    return value


def _many(state: State, field: Field, value: object) -> object:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Unfit(expected_data_type="jsonarray")
    return [picked for picked in (_picked(state, field, each) for each in value) if picked]


def _integer(_: State, __: Field, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(expected_data_type="integer")
    if len(str(abs(value))) > INTEGER_DIGITS:
        raise Unfit(maximum_length=INTEGER_DIGITS)
    return value


def _number(_: State, field: Field, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(expected_data_type="double")
    most = PERCENT_DIGITS if field.data_type == "percent" else NUMBER_DIGITS
    if len(str(int(abs(value)))) > most:
        raise Unfit(maximum_length=most)
    return value


def _bigint(_: State, field: Field, value: object) -> object:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
        raise Unfit(expected_data_type="bigint")
    if len(str(value)) > (field.length or NUMBER_DIGITS):
        raise Unfit(maximum_length=field.length)
    return int(str(value))


def _boolean(_: State, __: Field, value: object) -> object:
    if not isinstance(value, bool):
        raise Unfit(expected_data_type="boolean")
    return value


def _date(_: State, __: Field, value: object) -> object:
    if not isinstance(value, str) or not times.is_date(value):
        raise Unfit(expected_data_type="date")
    return value


def _datetime(_: State, __: Field, value: object) -> object:
    seconds = times.parse(value) if isinstance(value, str) else None
    if seconds is None:
        raise Unfit(expected_data_type="datetime")
    return seconds


def identity(value: Any) -> int:
    """The id in a lookup value: ``{"id": ...}`` or the id itself."""
    bare = value.get("id") if isinstance(value, dict) else value
    if isinstance(bare, bool) or not str(bare).isdecimal():
        raise Unfit(expected_data_type="jsonobject")
    return int(str(bare))


def _lookup(state: State, field: Field, value: object) -> object:
    target = identity(value)
    if target not in state.tables[field.lookup or ""]:
        raise Unfit("the id given seems to be invalid")
    return target


def _user(state: State, _: Field, value: object) -> object:
    target = identity(value)
    user = state.users.by_id.get(target)
    if not user or user.status != "active":
        raise Unfit("the id given seems to be invalid")
    return target


def _subform(state: State, field: Field, value: Any) -> object:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Unfit(expected_data_type="jsonarray")
    return [_row(state, field, row) for row in value]


def _row(state: State, field: Field, row: Json) -> Json:
    kept: Json = {"id": int(row["id"]) if str(row.get("id", "")).isdecimal() else state.new_id()}
    if "_delete" in row:
        kept["_delete"] = None
    for column in field.columns:
        if column.api_name in row:
            kept[column.api_name] = stored(state, column, row[column.api_name])
    return kept


def tags(state: State, module: str, value: object) -> object:
    """Tags of a record by name, made when they are new."""
    if not isinstance(value, list) or not all(isinstance(tag, dict) for tag in value):
        raise Unfit(expected_data_type="jsonarray")
    now, user = int(state.clock.now()), state.users.current.id
    return [state.tags.ensure(module, str(tag.get("name")), tag.get("color_code"), now, user).id for tag in value]


_CHECKS: dict[str, Callable[[State, Field, Any], object]] = {
    **dict.fromkeys(TEXTS, _text),
    "multiselectpicklist": _many,
    "integer": _integer,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "bigint": _bigint,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "lookup": _lookup,
    "ownerlookup": _user,
    "userlookup": _user,
    "subform": _subform,
    "layout": lambda _, __, value: identity(value),
}
