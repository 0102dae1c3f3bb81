"""What resources show: JSON made for a model, small, with nothing in it that says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pydantic_core
from pydantic import BaseModel

from zohocrm_mcp.models import FieldInfo, ModuleInfo, ModuleSchema
from zohocrm_mcp.toolkit.results import plain

RULES = {
    "dates": "2025-10-18; date-times with an offset: 2025-10-18T09:30:00+02:00",
    "lookups": 'an id, {"id": "…"}, or the exact name',
    "multi-select": "a list of values",
    "empty": "null empties a field",
    "ids": "strings of digits",
}
LIMITS = {
    "records a page": 200,
    "records a bulk_update_accounts call": 10_000,
    "values in one in filter": 100,
    "filters a search": 25,
}


def as_json(document: BaseModel | Mapping[str, Any] | list[Any]) -> str:
    """Return compact JSON; non-ASCII text stays readable."""
    body = plain(document) if isinstance(document, BaseModel) else document
    return pydantic_core.to_json(body).decode()


def modules(infos: list[ModuleInfo]) -> dict[str, Any]:
    return {"modules": [{"api_name": one.api_name, "label": one.label, **_can(one)} for one in infos]}


def _can(one: ModuleInfo) -> dict[str, Any]:
    refused = [what for what in ("creatable", "editable", "deletable") if not getattr(one, what)]
    return {**({"not": refused} if refused else {}), **({"custom": True} if one.custom else {})}


def module_schema(schema: ModuleSchema) -> dict[str, Any]:
    """Return a module as a model should know it before it acts: what may be written, with which values, and how."""
    writable = {one.api_name: field(one) for one in schema.fields if not one.read_only}
    read_only = {one.api_name: one.type for one in schema.fields if one.read_only}
    lookups = {one.api_name for one in schema.fields if one.lookup_module}  # an example cannot know what exists
    return {
        "module": schema.module,
        "required": schema.required or [],
        "duplicate_check": schema.duplicate_check or [],
        "fields": writable,
        "read_only": read_only,
        "rules": RULES,
        "limits": LIMITS,
        "example": {name: value for name, value in (schema.example or {}).items() if name not in lookups},
    }


def field(info: FieldInfo) -> dict[str, Any]:
    """Return one field without what goes without saying."""
    told = {key: value for key, value in plain(info).items() if value not in (False, None, "", [], {})}
    del told["api_name"]
    if told.get("label") == info.api_name.replace("_", " "):
        del told["label"]
    return told
