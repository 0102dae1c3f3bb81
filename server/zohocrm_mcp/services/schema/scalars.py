"""Numbers and booleans as a caller may give them, and the sentence that refuses a value. Pure."""

from __future__ import annotations

import json
import re
import sys
from typing import NoReturn

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import FieldInfo
from zohocrm_mcp.services.names import shown

WHOLE = re.compile(r"[+-]?[0-9]{1,40}\Z")
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?\Z")
_SHOWN = 60


def refuse(field: FieldInfo, given: JsonValue, takes: str, code: str = "INVALID_DATA", hint: str = "") -> NoReturn:
    """Raise the error that says what ``field`` takes and what it was given."""
    text = repr(given) if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"
    raise InvalidInputError(f"{shown(field)} takes {takes}, not {text}.", hint=hint, field=field.api_name, code=code)


def number_of(field: FieldInfo, given: JsonValue, takes: str) -> int | float:
    """Return a finite JSON number, or one that a string holds and nothing else."""
    if isinstance(given, str) and _NUMBER.match(given.strip()):
        given = int(given) if WHOLE.match(given.strip()) else float(given)
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not abs(given) <= sys.float_info.max:
        refuse(field, given, takes, hint="Send a JSON number without unit, currency or thousands separators.")
    return given


def boolean_of(field: FieldInfo, given: JsonValue) -> bool:
    """Return a JSON boolean, or one that a string names."""
    known = {"true": True, "false": False}
    value = known.get(given.strip().casefold()) if isinstance(given, str) else given
    if not isinstance(value, bool):
        refuse(field, given, "true or false")
    return value
