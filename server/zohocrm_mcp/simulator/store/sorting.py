"""Stored values in an order."""

from __future__ import annotations

from typing import Any

from zohocrm_mcp.simulator.sources import guessed
from zohocrm_mcp.simulator.store.reference import Reference


@guessed("empty values come first, text is sorted without case, lists by their text")
def sortable(value: Any) -> tuple[bool, Any]:
    """A key to sort a stored value by, among values of its field."""
    if value is None:
        return False, 0
    if isinstance(value, Reference):
        return True, value.id
    if isinstance(value, list | tuple | dict):
        return True, str(value)
    return True, value.casefold() if isinstance(value, str) else value
