"""A whole record before it is written: names, values, read-only and mandatory fields. Pure, but for what it returns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import FieldInfo, Record
from zohocrm_mcp.services.names import fold, listed, shown
from zohocrm_mcp.services.schema.checks import RECORD_ID, Wanted, check_value
from zohocrm_mcp.services.schema.metadata import Layout, Metadata, field_name

PARENT_MODULE = "$se_module"
"""The one ``$``-key that is written: the module of an activity's What_Id."""
MOST_PROBLEMS = 20
"""Of one record; whatever else is wrong with it is not looked for."""


@dataclass(frozen=True)
class Rules:
    """What a record is checked against; ``required`` are API names."""

    meta: Metadata
    layouts: tuple[Layout, ...]
    required: Collection[str]
    zone: tzinfo
    creating: bool


@dataclass
class Draft:
    """What may be sent; ``wanted`` are the lookups still to be found by name, by field."""

    record: Record = field(default_factory=dict)
    wanted: dict[str, Wanted] = field(default_factory=dict)


def draft(values: Mapping[str, JsonValue], rules: Rules) -> Draft:
    """Return ``values`` by API name, checked and in the form that Zoho wants.

    Raises:
        InvalidInputError: all that is wrong, up to ``MOST_PROBLEMS``, in one error; ``field`` and ``code`` are those of
            the first.
    """
    made, problems = Draft(), []
    for given, value in values.items():
        try:
            _add(made, given, value, rules)
        except InvalidInputError as error:
            problems.append(error)
            if len(problems) == MOST_PROBLEMS:
                break
    problems.extend(_missing(made, rules) if not problems else [])
    if problems:
        raise _together(problems, rules.meta.module)
    return made


def _add(made: Draft, given: str, value: JsonValue, rules: Rules) -> None:
    if given == PARENT_MODULE and isinstance(value, str):
        made.record[given] = value
        return
    meta, creating = rules.meta, rules.creating
    info = meta.fields[field_name(given, meta)]
    if info.api_name in made.record or info.api_name in made.wanted:
        raise _twice(info)
    if info.api_name == "id":
        made.record["id"] = _id(value, creating=creating)
        return
    _writable(info, creating=creating)
    checked = _layout(rules, info, value) if info.type == "layout" else check_value(info, value, rules.zone)
    if isinstance(checked, Wanted):
        made.wanted[info.api_name] = checked
    else:
        made.record[info.api_name] = checked


def _twice(info: FieldInfo) -> InvalidInputError:
    return InvalidInputError(
        f"{shown(info)} is given twice.", hint="Give each field once.", field=info.api_name, code="INVALID_DATA"
    )


def _id(value: JsonValue, *, creating: bool) -> str:
    if creating:
        raise InvalidInputError(
            "A new record has no id yet.", hint="Leave id out, or update the record.", field="id", code="INVALID_DATA"
        )
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not RECORD_ID.match(text):
        raise InvalidInputError(
            f"{value!r} is no record id.", hint="A record id is a string of digits.", field="id", code="INVALID_DATA"
        )
    return text


def _writable(info: FieldInfo, *, creating: bool) -> None:
    if info.creatable if creating else info.updatable:
        return
    why = {
        "formula": "is calculated by a formula",
        "rollup_summary": "is a roll-up",
        "autonumber": "is numbered by Zoho",
    }
    other = "cannot be set when a record is created" if info.updatable else "can be set only when a record is created"
    raise InvalidInputError(
        f"{shown(info)} {why.get(info.type, 'is read-only' if info.read_only else other)}.",
        hint="Leave it out.",
        field=info.api_name,
        code="NOT_ALLOWED",
        outdated=True,
    )


def _layout(rules: Rules, info: FieldInfo, value: JsonValue) -> JsonValue:
    key = str(value.get("id") or value.get("name") if isinstance(value, dict) else value)
    found = [one for one in rules.layouts if key == one.id or fold(key) == fold(one.name)]
    if len(found) == 1:
        return {"id": found[0].id}
    raise InvalidInputError(
        f"{key!r} is no layout of {rules.meta.module}.",
        hint=f"Layouts: {listed([f'{one.name} ({one.id})' for one in rules.layouts])}.",
        field=info.api_name,
        code="INVALID_DATA",
        outdated=True,
    )


def _missing(made: Draft, rules: Rules) -> list[InvalidInputError]:
    given = {**made.record, **made.wanted}
    asked = [name for name in rules.required if rules.creating or name in given]
    empty = [name for name in asked if _is_empty(given.get(name)) and name in rules.meta.fields]
    return [_mandatory(rules.meta.fields[name], cleared=not rules.creating) for name in empty]


def _is_empty(value: JsonValue | Wanted) -> bool:
    return not value.strip() if isinstance(value, str) else value in (None, [])


def _mandatory(info: FieldInfo, *, cleared: bool) -> InvalidInputError:
    return InvalidInputError(
        f"{shown(info)} is mandatory and {'cannot be cleared' if cleared else 'is missing'}.",
        hint=f"Give {info.api_name} a value of type {info.type}.",
        field=info.api_name,
        code="MANDATORY_NOT_FOUND",
        outdated=True,
    )


def _together(problems: list[InvalidInputError], module: str) -> InvalidInputError:
    first = problems[0]
    if len(problems) == 1:
        return first
    hints = list(dict.fromkeys(problem.hint for problem in problems))
    more = " or more" if len(problems) == MOST_PROBLEMS else ""
    message = f"{len(problems)}{more} problems with {module}: " + " ".join(problem.message for problem in problems)
    details = {**first.details, "outdated": any(problem.details.get("outdated") for problem in problems) or None}
    return InvalidInputError(message, hint=" ".join(hints), **details)
