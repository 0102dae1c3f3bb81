"""Whether two values of a field are one: Zoho keeps some otherwise than they were sent. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

EMPTY: tuple[JsonValue, ...] = (None, "", [])

PLACES = 2
"""Decimal places that every field for decimals keeps at least (Zoho CRM v8 docs, Fields: decimal_place)."""


def same(found: JsonValue, sent: JsonValue) -> bool:
    """Whether a value read back is the one sent: lookups by id, tags by name, lists in any order, null like empty.

    Texts may come without their outer spaces and with other ends of lines, decimals rounded, date-times in another
    time zone.
    """
    if isinstance(found, dict) and isinstance(sent, dict):
        return found.get("id") == sent.get("id")
    if isinstance(found, list) and isinstance(sent, list):
        return sorted(map(_item, found)) == sorted(map(_item, sent))
    if isinstance(found, str) and isinstance(sent, str):
        return _plain(found) == _plain(sent) or _same_moment(found, sent)
    if _is_number(found) and _is_number(sent):
        return found == sent or _rounded(str(found), str(sent))
    if found == sent:
        return True
    return found in EMPTY and (sent in EMPTY or _plain(sent) == "")


def _item(value: JsonValue) -> str:
    return str(value.get("name", value) if isinstance(value, dict) else value)


def _plain(text: JsonValue) -> JsonValue:
    return "\n".join(text.splitlines()).strip() if isinstance(text, str) else text


def _same_moment(found: str, sent: str) -> bool:
    """Zoho answers date-times in the user's time zone, whatever zone they were sent in."""
    if "T" not in sent:
        return False
    try:
        return datetime.fromisoformat(found) == datetime.fromisoformat(sent)
    except (ValueError, TypeError):
        return False


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rounded(found: str, sent: str) -> bool:
    kept, exact = Decimal(found), Decimal(sent)
    places = max(_places(kept), PLACES)
    return _places(exact) > places and abs(exact - kept) * 2 <= Decimal(1).scaleb(-places)


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
