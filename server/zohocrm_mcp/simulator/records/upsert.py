"""Which record an upsert means."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.outcome import RecordRefusal
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Call, Json, Refusal


@known("Zoho CRM v8 docs, Upsert: duplicate_check_fields in order; otherwise the system field, then unique fields")
def match_fields(call: Call, module: Module) -> list[str]:
    """The fields to look for duplicates by, in order."""
    given = call.json().get("duplicate_check_fields")
    if given is None:
        unique = [field.api_name for field in module.fields if field.unique]
        return [name for name in (module.duplicate_field, *unique) if name]
    known_names = {field.api_name for field in module.fields}
    if not isinstance(given, list) or not all(isinstance(name, str) and name in known_names for name in given):
        details = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
        raise Refusal("INVALID_DATA", "invalid data", details)
    return given


@guessed("an id in an upsert record means that record")
def duplicate_of(call: Call, module: Module, fields: list[str], record: Json) -> tuple[int | None, str | None]:
    """The record to update, with the field that matched."""
    table = call.state.tables[module.api_name]
    if record.get("id"):
        text = str(record["id"])
        if not text.isdecimal() or int(text) not in table:
            raise RecordRefusal("INVALID_DATA", "the id given seems to be invalid", {"id": text})
        return int(text), None
    for name in fields:
        value = record.get(name)
        if isinstance(value, str | int | float) and (found := table.find(name, value)) is not None:
            return found, name
    return None, None
