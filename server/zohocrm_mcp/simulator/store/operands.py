"""Operands of conditions as the stored values they are compared with."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from zohocrm_mcp.simulator.sources import guessed
from zohocrm_mcp.simulator.store import times

NUMBERS = frozenset({"integer", "double", "currency", "percent", "bigint"})
ORDERED = NUMBERS | {"date", "datetime"}
LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup"})
TEXTS = frozenset({"text", "email", "phone", "website", "textarea", "picklist", "autonumber", "string", "profileimage"})


class Unusable(Exception):  # noqa: N818
    """An operand that does not fit the type of its field."""


@guessed("a date compared with a datetime field means its first second in the user's zone")
def operand(kind: str, text: object, zone: str) -> object:
    """What a text (or a JSON value) means for a field of that data type."""
    if kind in NUMBERS:
        return _number(text)
    if kind in LOOKUPS or kind == "layout":
        return _id(text)
    if kind == "boolean":
        return _boolean(text)
    if kind == "date":
        return _date(text)
    if kind == "datetime":
        return _seconds(text, zone)
    return str(text).casefold()


def _number(text: object) -> float:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(str(text))
    raise Unusable


def _id(text: object) -> int:
    if not str(text).isdecimal():
        raise Unusable
    return int(str(text))


def _boolean(text: object) -> bool:
    if str(text).lower() not in ("true", "false"):
        raise Unusable
    return str(text).lower() == "true"


def _date(text: object) -> str:
    if not times.is_date(str(text)):
        raise Unusable
    return str(text)


def _seconds(text: object, zone: str) -> int:
    seconds = times.parse(str(text))
    if seconds is None and times.is_date(str(text)):
        day = dt.date.fromisoformat(str(text))
        seconds = int(dt.datetime.combine(day, dt.time(), times.zone(zone)).timestamp())
    if seconds is None:
        raise Unusable
    return seconds
