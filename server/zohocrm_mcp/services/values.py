"""Records as a model reads them."""

from __future__ import annotations

from pydantic import JsonValue

from zohocrm_mcp.models import Record


def clean(record: Record) -> Record:
    """Return ``record`` without nulls, ``$``-keys and empty lists; ids as strings, lookups as ``{"id", "name"}``."""
    tidy = {key: _tidy(key, value) for key, value in record.items() if not key.startswith("$")}
    return {key: value for key, value in tidy.items() if value is not None and value != []}


def _tidy(key: str, value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list):
        return [_object(item) if isinstance(item, dict) else item for item in value]
    return str(value) if key == "id" and value is not None else value


def _object(value: Record) -> Record:
    if "id" in value and "name" in value:
        return clean({"id": value["id"], "name": value["name"]})
    return clean(value)
