"""One value for one field: what Zoho would take, in the form it wants, or an error that names what is valid.

Lengths, patterns and forms: Zoho CRM v8 developer documentation, Insert Records and its specification. Numbers may be
given as strings when nothing but the number is in them; text is never made from numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import FieldInfo
from zohocrm_mcp.services.names import shown
from zohocrm_mcp.services.schema.dates import parse_date, parse_datetime, wire
from zohocrm_mcp.services.schema.picklists import pick
from zohocrm_mcp.services.schema.scalars import WHOLE, boolean_of, number_of, refuse

RECORD_ID = re.compile(r"[0-9]{1,20}\Z")
LIKELY_ID = re.compile(r"[0-9]{15,20}\Z")
"""What is taken for an id where a name could stand as well: an account may be called 360."""
_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@[^\s@<>(),;:\"\[\]\\.]+(\.[^\s@<>(),;:\"\[\]\\.]+)*\.[^\W\d_]{2,}\Z")
_PHONE = re.compile(r"[+]?[\w().\-\s/,;#*&]*\w[\w().\-\s/,;#*&]*\Z")
_WEBSITE = re.compile(r"((https?|ftp)://)?[^\s/?#:@.\"<>]+(\.[^\s/?#:@.\"<>]+)+(:\d+)?([/?#]\S*)?\Z", re.IGNORECASE)
DIGITS = {"integer": 9, "bigint": 18, "double": 16, "currency": 16, "percent": 5}


@dataclass(frozen=True)
class Wanted:
    """A record or user given by name or e-mail address: to be found before the value can be sent."""

    module: str
    name: str


Checked = JsonValue | Wanted
Check = Callable[[FieldInfo, JsonValue, tzinfo], Checked]


def check_value(field: FieldInfo, given: JsonValue, zone: tzinfo) -> Checked:
    """Return ``given`` in the form that Zoho wants; None clears the field.

    Raises:
        InvalidInputError: wrong type, too long, outside the pick list; ``details["field"]`` is the API name.
    """
    if given in (None, "", []):
        _may_be_cleared(field, given)
        return None
    return _CHECKS.get(field.type, _any)(field, given, zone)


def _may_be_cleared(field: FieldInfo, given: JsonValue) -> None:
    if given == "" and field.type not in _TEXTS:
        refuse(field, given, f"a value of type {field.type}", hint="Send null to clear the field.")


def _text(field: FieldInfo, given: JsonValue, zone: tzinfo) -> JsonValue:
    return _tags(field, given) if field.json_type == "jsonarray" else _string(field, given, zone)


def _tags(field: FieldInfo, given: JsonValue) -> JsonValue:
    tags = given if isinstance(given, list) else [given]
    if not all(isinstance(tag, (str, dict)) for tag in tags):
        refuse(field, given, "a list of tag names")
    return [{"name": tag} if isinstance(tag, str) else tag for tag in tags]


def _string(field: FieldInfo, given: JsonValue, _: tzinfo) -> str:
    if not isinstance(given, str):
        refuse(field, given, "text", hint="Send it as a JSON string.")
    if field.max_length and len(given) > field.max_length:
        raise InvalidInputError(
            f"{shown(field)} takes at most {field.max_length} characters, not {len(given)}.",
            hint="Shorten the text.",
            field=field.api_name,
            code="INVALID_DATA",
            outdated=True,
        )
    return given


def _patterned(pattern: re.Pattern[str], takes: str) -> Check:
    def check(field: FieldInfo, given: JsonValue, zone: tzinfo) -> str:
        text = _string(field, given, zone).strip()
        if not pattern.match(text):
            refuse(field, given, takes)
        return text

    return check


def _integer(field: FieldInfo, given: JsonValue, _: tzinfo) -> int:
    digits = field.max_length or DIGITS["integer"]
    takes = f"a whole number of at most {digits} digits"
    number = number_of(field, given, takes)
    if number != int(number) or len(str(abs(int(number)))) > digits:
        refuse(field, given, takes)
    return int(number)


def _bigint(field: FieldInfo, given: JsonValue, _: tzinfo) -> str:
    digits = field.max_length or DIGITS["bigint"]
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str) or not WHOLE.match(text) or len(text.lstrip("+-")) > digits:
        refuse(field, given, f"a whole number of at most {digits} digits")
    return str(int(text))


def _decimal(field: FieldInfo, given: JsonValue, _: tzinfo) -> int | float:
    digits = DIGITS[field.type]
    number = number_of(field, given, "a number")
    if len(str(abs(int(number)))) > digits:
        refuse(field, given, f"a number of at most {digits} digits")
    return number


def _boolean(field: FieldInfo, given: JsonValue, _: tzinfo) -> bool:
    return boolean_of(field, given)


def _date(field: FieldInfo, given: JsonValue, _: tzinfo) -> str:
    day = parse_date(given.strip()) if isinstance(given, str) else None
    if day is None:
        refuse(field, given, "a date as yyyy-MM-dd")
    return day.isoformat()


def _datetime(field: FieldInfo, given: JsonValue, zone: tzinfo) -> str:
    moment = parse_datetime(given.strip(), zone) if isinstance(given, str) else None
    if moment is None:
        hint = f"Without an offset it is taken in the time zone {zone}."
        refuse(field, given, "a date-time such as 2026-10-18T09:30:00+02:00", hint=hint)
    return wire(moment)


def _picklist(field: FieldInfo, given: JsonValue, _: tzinfo) -> str | None:
    if not isinstance(given, str):
        refuse(field, given, "one value of its pick list")
    return pick(field, given)


def _multiselect(field: FieldInfo, given: JsonValue, _: tzinfo) -> list[JsonValue]:
    values = given if isinstance(given, list) else [given]
    if not all(isinstance(value, str) for value in values):
        refuse(field, given, "a list of values of its pick list")
    picked = [pick(field, str(value)) for value in values]
    return list(dict.fromkeys(value for value in picked if value is not None))


def _lookup(field: FieldInfo, given: JsonValue, _: tzinfo) -> Checked:
    key = given.get("id") or given.get("name") or given.get("email") if isinstance(given, dict) else given
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str) or not key.strip():
        refuse(field, given, "an id, an exact name, or an object with one of them")
    if LIKELY_ID.match(key.strip()):
        return {"id": key.strip()}
    if isinstance(given, dict) and "id" in given:
        if RECORD_ID.match(key):
            return {"id": key}
        refuse(field, given, "an object whose id is a string of digits")
    if not field.lookup_module:
        refuse(field, given, "an id: its record may be in one of several modules")
    return Wanted(field.lookup_module, key.strip())


def _objects(field: FieldInfo, given: JsonValue, _: tzinfo) -> JsonValue:
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        refuse(field, given, "a list of objects")
    return given


def _any(_field: FieldInfo, given: JsonValue, _: tzinfo) -> JsonValue:
    return given


_TEXTS = frozenset({"text", "textarea", "email", "phone", "website"})
_CHECKS: dict[str, Check] = {
    "text": _text,
    "textarea": _text,
    "email": _patterned(_EMAIL, "an e-mail address"),
    "phone": _patterned(_PHONE, "a phone number"),
    "website": _patterned(_WEBSITE, "a web address such as https://www.example.com"),
    "integer": _integer,
    "bigint": _bigint,
    **dict.fromkeys(("double", "currency", "percent"), _decimal),
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "picklist": _picklist,
    "multiselectpicklist": _multiselect,
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup"), _lookup),
    **dict.fromkeys(
        ("subform", "multiselectlookup", "multiuserlookup", "territories", "fileupload", "imageupload"), _objects
    ),
}
