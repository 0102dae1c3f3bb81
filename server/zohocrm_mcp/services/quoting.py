"""Values inside a sentence of ours: in quotes, on one line and cut, so that whatever they say is seen to be a value."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import JsonValue

SHORT, LONG, MOST_VALUES = 60, 300, 8
"""Characters of a value and of a body, and values of one sentence."""


def quoted(value: JsonValue, most: int = SHORT) -> str:
    """Return a value as text in quotes: line breaks and what cannot be seen are escaped."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return repr(text if len(text) <= most else f"{text[:most]}…")


def told(values: Mapping[str, JsonValue]) -> str:
    """Return the values by name, joined by commas."""
    shown = [f"{name[:SHORT]} = {quoted(value)}" for name, value in values.items()]
    more = len(shown) - MOST_VALUES
    return ", ".join(shown[:MOST_VALUES]) + (f" and {more} more" if more > 0 else "")
