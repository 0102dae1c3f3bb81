"""Zoho's metadata answers, read into what the product knows of modules, fields and layouts. Pure.

Shapes: Zoho CRM v8 developer documentation, Get Fields, Get Modules and Get Layouts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zohocrm_mcp.models import FieldInfo, ModuleInfo
from zohocrm_mcp.services.names import fold, resolve, unknown

NEVER_WRITTEN = frozenset({"formula", "rollup_summary", "autonumber", "profileimage"})
WITH_LENGTH = frozenset({"text", "email", "phone", "website", "textarea", "integer", "bigint"})
WITH_DECIMALS = frozenset({"double", "currency", "percent"})
WITH_VALUES = frozenset({"picklist", "multiselectpicklist"})
EMPTY_VALUE = "-None-"
DUPLICATE_CHECK = {
    "Leads": "Email",
    "Contacts": "Email",
    "Accounts": "Account_Name",
    "Deals": "Deal_Name",
    "Campaigns": "Campaign_Name",
    "Products": "Product_Name",
    "Vendors": "Vendor_Name",
    "Solutions": "Solution_Title",
    "Price_Books": "Price_Book_Name",
    **dict.fromkeys(("Cases", "Quotes", "Sales_Orders", "Purchase_Orders", "Invoices"), "Subject"),
}
"""The field that an upsert checks by itself (Zoho CRM v8 docs, Upsert Records); of a custom module it is ``Name``."""
RECORD_NAMES = {
    **dict.fromkeys(("Leads", "Contacts"), ("Full_Name", "Last_Name", "First_Name")),
    **dict.fromkeys(("Tasks", "Calls"), ("Subject",)),
    "Events": ("Event_Title",),
}
"""The fields whose values name a record, where it is not the duplicate-check field."""


@dataclass(frozen=True)
class Layout:
    """``required``: the fields that a record of it must have; ``default_for``: the profiles that start with it."""

    id: str
    name: str
    profiles: frozenset[str]
    default_for: frozenset[str]
    required: frozenset[str]


def naming(module: str) -> tuple[str, ...]:
    """Return the API names of the fields that give a record its name, the one that holds all of it first."""
    return RECORD_NAMES.get(module) or (DUPLICATE_CHECK.get(module, "Name"),)


@dataclass(frozen=True, eq=False)
class Metadata:
    """What is known of a module: its fields by API name, denied ones left out. Nobody changes it."""

    module: str
    fields: dict[str, FieldInfo]

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every API name and label, folded: what is none of them is no field, and is seen to be none at once."""
        return frozenset(fold(name) for one in self.fields.values() for name in (one.api_name, one.label))

    @property
    def name_field(self) -> FieldInfo | None:
        """The field whose value names a record."""
        marked = next((one for one in self.fields.values() if one.names_record), None)
        return self.fields.get(naming(self.module)[0]) or marked


def module_info(raw: Mapping[str, Any]) -> ModuleInfo:
    name = str(raw["api_name"])
    return ModuleInfo(
        api_name=name,
        label=str(raw.get("singular_label") or name),
        plural_label=str(raw.get("plural_label") or name),
        creatable=bool(raw.get("creatable")),
        editable=bool(raw.get("editable")),
        deletable=bool(raw.get("deletable")),
        custom=raw.get("generated_type") == "custom",
    )


def field_info(raw: Mapping[str, Any], module: str) -> FieldInfo:
    """Return one field of ``/settings/fields``."""
    kind, name = str(raw["data_type"]), str(raw["api_name"])
    creatable, updatable = _writable(raw, kind, "api_create"), _writable(raw, kind, "api_update")
    return FieldInfo(
        api_name=name,
        label=str(raw.get("field_label") or raw.get("display_label") or name),
        type=kind,
        required=bool(raw.get("system_mandatory")) and creatable,
        read_only=not (creatable or updatable),
        unique=bool(raw.get("unique")),
        max_length=_number(raw.get("length")) if kind in WITH_LENGTH else None,
        decimal_places=_number(raw.get("decimal_place")) if kind in WITH_DECIMALS else None,
        picklist=[value for value, _ in _values(raw)] or None,
        display_values={value: text for value, text in _values(raw) if text != value} or None,
        lookup_module=_lookup_module(raw, kind),
        duplicate_check=bool(raw.get("unique")) or name == DUPLICATE_CHECK.get(module, "Name"),
        returns=_returns(raw),
        json_type=raw.get("json_type"),
        custom=bool(raw.get("custom_field")),
        searchable=raw.get("searchable") is not False,
        sortable=raw.get("sortable") is not False,
        encrypted=bool(raw.get("crypt")),
        visible=raw.get("visible") is not False,
        names_record=bool(raw.get("display_field")),
        creatable=creatable,
        updatable=updatable,
    )


def _writable(raw: Mapping[str, Any], kind: str, operation: str) -> bool:
    if kind in NEVER_WRITTEN or raw.get("read_only") or raw.get("field_read_only"):
        return False
    allowed = raw.get("operation_type") or {}
    return bool(allowed.get(operation, True))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _values(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    if raw["data_type"] not in WITH_VALUES:
        return []
    pairs = [(str(one["actual_value"]), str(one["display_value"])) for one in raw.get("pick_list_values") or ()]
    return [pair for pair in pairs if pair[0] != EMPTY_VALUE]


def _lookup_module(raw: Mapping[str, Any], kind: str) -> str | None:
    if kind in {"ownerlookup", "userlookup", "multiuserlookup"}:
        return "users"
    module = (raw.get("lookup") or {}).get("module") or {}
    name = module.get("api_name") if isinstance(module, dict) else module
    connected = (raw.get("multiselectlookup") or {}).get("connected_module") or {}
    name = name or (connected.get("api_name") if isinstance(connected, dict) else connected)
    return str(name) if name and name != "se_module" else None


def _returns(raw: Mapping[str, Any]) -> str | None:
    details = raw.get("formula") or raw.get("rollup_summary") or {}
    returned = details.get("return_type") if isinstance(details, dict) else None
    return {"string": "text"}.get(str(returned), str(returned)) if returned else None


def layout(raw: Mapping[str, Any]) -> Layout:
    """Return one layout of ``/settings/layouts``; mandatory fields are said there and nowhere else."""
    profiles = [one for one in raw.get("profiles") or () if isinstance(one, dict) and "id" in one]
    fields = [one for section in raw.get("sections") or () for one in section.get("fields") or ()]
    return Layout(
        id=str(raw["id"]),
        name=str(raw.get("display_label") or raw.get("name") or raw["id"]),
        profiles=frozenset(str(one["id"]) for one in profiles),
        default_for=frozenset(str(one["id"]) for one in profiles if one.get("default")),
        required=frozenset(str(one["api_name"]) for one in fields if one.get("required")),
    )


def active(layouts: Iterable[Mapping[str, Any]]) -> tuple[Layout, ...]:
    usable = [raw for raw in layouts if raw.get("status", "active") == "active" and raw.get("visible") is not False]
    return tuple(layout(raw) for raw in usable)


def layouts_of(layouts: tuple[Layout, ...], profile: str) -> tuple[Layout, ...]:
    """Return the layouts that a record of a user of ``profile`` may get when it names none."""
    default = tuple(one for one in layouts if profile in one.default_for)
    allowed = tuple(one for one in layouts if profile in one.profiles)
    return default or allowed or layouts


def denied(module: str, fields_deny: Iterable[str]) -> frozenset[str]:
    """Return the folded names of the fields of ``module`` that the settings deny."""
    pairs = (word.partition(".") for word in fields_deny)
    return frozenset(fold(name) for owner, _, name in pairs if fold(owner) == fold(module))


def field_name(given: str, meta: Metadata) -> str:
    """Return the API name that ``given`` means among the fields of ``meta``."""
    if given in meta.fields:
        return given
    if fold(given) not in meta.spellings:
        raise unknown(given, list(meta.fields.values()), meta.module)
    return resolve(given, meta.fields.values(), module=meta.module)
