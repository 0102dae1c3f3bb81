"""Records as a model reads them."""

from __future__ import annotations

from pydantic import JsonValue

from zohocrm_mcp.models import Record

_NESTED = frozenset({dict, list})
_EMPTY: list[JsonValue] = []


def clean(record: Record) -> Record:
    """Return ``record`` without nulls, ``$``-keys and empty lists; ids as strings, lookups as ``{"id", "name"}``."""
    tidy = {
        key: _tidy(value) if type(value) in _NESTED else value
        for key, value in record.items()
        if value is not None and value != _EMPTY and key[:1] != "$"
    }
    if "id" in tidy and type(tidy["id"]) not in _NESTED:
        tidy["id"] = str(tidy["id"])
    return tidy


def _tidy(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _object(value)
    assert isinstance(value, list)
    return [_object(item) if isinstance(item, dict) else item for item in value]


def _object(value: Record) -> Record:
    if "id" in value and "name" in value:
        value = {"id": value["id"], "name": value["name"]}
    return clean(value)
