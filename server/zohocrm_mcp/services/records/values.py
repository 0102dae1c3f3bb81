"""Records as a model reads them."""

from __future__ import annotations

from functools import lru_cache

from pydantic import JsonValue

from zohocrm_mcp.models import Record

_NUMBER = frozenset({int, float})
_SCALAR = frozenset({str, bool, *_NUMBER})


def clean(record: Record) -> Record:
    """Return ``record`` without nulls, ``$``-keys and empty lists; ids as strings, lookups as ``{"id", "name"}``."""
    tidy = record.copy()
    for key in _technical(tuple(record)):
        del tidy[key]
    for key in [key for key, value in tidy.items() if type(value) not in _SCALAR]:
        value = tidy[key]
        if value is None or value == []:
            del tidy[key]
        else:
            tidy[key] = _tidy(value)
    if type(tidy.get("id")) in _NUMBER:
        tidy["id"] = str(tidy["id"])
    return tidy


@lru_cache(maxsize=256)
def _technical(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that are Zoho's own; all records of a page have the same ones."""
    return tuple(key for key in keys if key.startswith("$"))


def _tidy(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _object(value)
    assert isinstance(value, list)
    return [_object(item) if isinstance(item, dict) else item for item in value]


def _object(value: Record) -> Record:
    if "id" not in value or "name" not in value:
        return clean(value)
    lookup = {"id": value["id"], "name": value["name"]}
    return lookup if type(lookup["id"]) is type(lookup["name"]) is str else clean(lookup)
