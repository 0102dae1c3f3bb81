"""Records as a model reads them."""

from __future__ import annotations

from functools import lru_cache

from pydantic import JsonValue

from zohocrm_mcp.errors import ZohoAPIError
from zohocrm_mcp.models import Record

DEEPEST = 50
"""Levels below a record. Zoho's have four at most: subforms, their rows, lookups in these, names."""
_NUMBER = frozenset({int, float})
_SCALAR = frozenset({str, bool, *_NUMBER})
_NESTED = frozenset({dict, list})


def clean(record: Record, levels: int = DEEPEST) -> Record:
    """Return ``record`` without nulls, ``$``-keys and empty lists; ids as strings, lookups as ``{"id", "name"}``.

    Raises:
        ZohoAPIError: there are more ``levels`` below it than a record of Zoho has.
    """
    tidy = record.copy()
    for key in _technical(tuple(record)):
        del tidy[key]
    for key in [key for key, value in tidy.items() if type(value) not in _SCALAR]:
        value = tidy[key]
        if value is None or value == []:
            del tidy[key]
        else:
            tidy[key] = _tidy(value, levels)
    if type(tidy.get("id")) in _NUMBER:
        tidy["id"] = str(tidy["id"])
    return tidy


@lru_cache(maxsize=256)
def _technical(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that are Zoho's own; all records of a page have the same ones."""
    return tuple(key for key in keys if key.startswith("$"))


def _tidy(value: JsonValue, levels: int) -> JsonValue:
    if not levels:
        raise ZohoAPIError(f"Zoho answered with a record of more than {DEEPEST} levels.")
    if isinstance(value, dict):
        return _object(value, levels - 1)
    assert isinstance(value, list)
    return [_tidy(item, levels - 1) if type(item) in _NESTED else item for item in value]


def _object(value: Record, levels: int) -> Record:
    if "id" not in value or "name" not in value:
        return clean(value, levels)
    lookup = {"id": value["id"], "name": value["name"]}
    return lookup if type(lookup["id"]) is type(lookup["name"]) is str else clean(lookup, levels)
