"""The fields that a page of records shows unless others are asked for, and an example of a valid write."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from pydantic import JsonValue

from zohocrm_mcp.models import FieldInfo, Record
from zohocrm_mcp.services.schema.metadata import Metadata

MOST = 11
_PREFERRED = (
    "Account_Name",
    "Full_Name",
    "Company",
    "Deal_Name",
    "Subject",
    "Event_Title",
    "Stage",
    "Status",
    "Lead_Status",
    "Amount",
    "Closing_Date",
    "Industry",
    "Annual_Revenue",
    "Email",
    "Phone",
    "Billing_Country",
    "Due_Date",
    "Start_DateTime",
    "Call_Start_Time",
    "Contact_Name",
    "Unit_Price",
    "Owner",
)
_CUSTOM = ("picklist", "integer", "date", "currency")
_EXAMPLES: dict[str, JsonValue] = {
    "text": "Example Ltd",
    "email": "info@example.com",
    "phone": "+49 30 1234567",
    "website": "https://www.example.com",
    "integer": 85,
    "currency": 1250000.5,
    "percent": 12.5,
    "boolean": True,
    "date": date(2026, 10, 18).isoformat(),
    "datetime": "2026-10-18T09:30:00+02:00",
    "lookup": "Exact name of a record, or its id",
    "ownerlookup": "name@example.com",
}


@lru_cache(maxsize=64)
def default_fields(meta: Metadata) -> tuple[str, ...]:
    """Return the API names of up to eleven fields: the name, the usual ones, then custom ones that are short."""
    name = [meta.name_field.api_name] if meta.name_field else []
    usual = [one for one in _PREFERRED if one in meta.fields and meta.fields[one].visible]
    custom = [one for kind in _CUSTOM for one in _custom(meta.fields.values(), kind)]
    return tuple(dict.fromkeys([*name, *usual, *custom]))[:MOST]


def _custom(fields: Iterable[FieldInfo], kind: str) -> list[str]:
    return [one.api_name for one in fields if one.custom and one.visible and one.type == kind]


def example(meta: Metadata) -> Record:
    """Return values that could be written: the mandatory fields, and one field of each type."""
    writable = [one for one in meta.fields.values() if one.creatable]
    chosen = {one.api_name: one for one in writable if one.required}
    seen = {one.type for one in chosen.values()}
    for one in sorted(writable, key=lambda field: not field.custom):
        if one.type not in seen and _sample(one) is not None:
            chosen[one.api_name] = one
            seen.add(one.type)
    return {name: _sample(one) for name, one in chosen.items() if _sample(one) is not None}


def _sample(field: FieldInfo) -> JsonValue:
    values = field.picklist or []
    if field.type == "multiselectpicklist":
        return [*values[:2]] or None
    return values[0] if values else _EXAMPLES.get(field.type)
