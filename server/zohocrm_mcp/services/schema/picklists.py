"""Values of pick lists: what people see and what Zoho stores may differ; both are understood, the latter is sent."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import FieldInfo
from zohocrm_mcp.services.guessing import guess
from zohocrm_mcp.services.names import shown
from zohocrm_mcp.services.quoting import LONG, quoted
from zohocrm_mcp.services.schema.metadata import EMPTY_VALUE

MOST_SHOWN = 30


def pick(field: FieldInfo, given: str) -> str | None:
    """Return the value to send for ``given``, None for Zoho's ``-None-``; a list without values takes any text.

    Exact values win over exact display texts, both over those in another case.

    Raises:
        InvalidInputError: no such value; the valid ones are in the hint.
    """
    if given == EMPTY_VALUE:
        return None
    values = field.picklist or []
    texts = field.display_values or {}
    if not values or given in values:
        return given
    folded = given.strip().casefold()
    tests = (lambda v: texts.get(v) == given, lambda v: v.casefold() == folded, lambda v: _shown(v, texts) == folded)
    found = next(([value for value in values if test(value)] for test in tests if any(map(test, values))), [])
    if len(found) != 1:
        raise _outside(field, given, values)
    return found[0]


def _shown(value: str, texts: dict[str, str]) -> str:
    return texts.get(value, value).casefold()


def _outside(field: FieldInfo, given: str, values: list[str]) -> InvalidInputError:
    close = guess((field.api_name, given), lambda: _looking_like(field, given, values))
    question = f" Did you mean {close[0]!r}?" if close else ""
    return InvalidInputError(
        f"{quoted(given, LONG)} is not among the values of {shown(field)}.{question}",
        hint=f"Valid values: {listing(values)}.",
        field=field.api_name,
        code="INVALID_DATA",
        outdated=True,
    )


def _looking_like(field: FieldInfo, given: str, values: list[str]) -> list[str]:
    texts = field.display_values or {}
    by_text = {text.casefold(): value for value in values for text in (texts.get(value, value), value)}
    return [by_text[one] for one in difflib.get_close_matches(given.casefold()[:LONG], by_text, n=1)]


def listing(values: Iterable[str]) -> str:
    """Return the first values, and how many more there are."""
    everything = list(values)
    more = len(everything) - MOST_SHOWN
    return ", ".join(everything[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
