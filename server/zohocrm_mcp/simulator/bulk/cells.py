"""Text cells of a CSV as the JSON values of a write."""

from __future__ import annotations

from collections.abc import Callable

from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.sources import guessed


@guessed("cells that are no number or boolean are refused as invalid data, as the records API would")
def json_value(field: Field, text: str) -> object:
    """What a cell means for a field; a text that does not fit comes back as it is, and is refused later."""
    read = _READERS.get(field.data_type)
    return read(text) if read else text


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _integer(text: str) -> object:
    return int(text) if text.strip().removeprefix("-").isdecimal() else text


def _lookup(text: str) -> object:
    return {"id": text.strip()}


_READERS: dict[str, Callable[[str], object]] = {
    "multiselectpicklist": lambda text: [part for part in text.split(";") if part],
    "boolean": lambda text: {"true": True, "false": False}.get(text.strip().lower(), text),
    "integer": _integer,
    **dict.fromkeys(("double", "currency", "percent"), _number),
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup"), _lookup),
}
