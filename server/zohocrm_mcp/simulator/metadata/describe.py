"""Fields and modules as the settings API shows them."""

from __future__ import annotations

from typing import Any

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.metadata.ids import named_id, org_id
from zohocrm_mcp.simulator.metadata.schema import MULTI_MODULE, Schema
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.users import PROFILES

Json = dict[str, Any]
COLOURS = ("#57b1fd", "#af38fa", "#1dc8b0", "#f6c1ff", "#ffda62")
UNSORTABLE = frozenset({"textarea", "subform", "multiselectpicklist", "profileimage"})


@known("Zoho CRM v8 docs, Get Fields: the keys of a field; empty sub-objects are {}, a subform has no length")
@guessed("ids of fields, column names, created_source and other keys that clients have no use for")
def field_json(schema: Schema, module: Module, field: Field) -> Json:
    described = {
        **_identity(module, field),
        **_type(field),
        **_switches(field),
        **_structures(schema, module, field),
    }
    if field.length is not None:
        described["length"] = field.length
    return described


def _identity(module: Module, field: Field) -> Json:
    return {
        "id": str(field.id),
        "api_name": field.api_name,
        "field_label": field.label,
        "display_label": field.label,
        "column_name": field.api_name.upper().replace("_", "")[:25],
        "created_source": "default" if not field.custom else "custom",
        "created_time": None,
        "modified_time": None,
        "associated_module": None,
        "tooltip": {"name": "static_text", "value": field.tooltip} if field.tooltip else None,
        "type": "used",
        "display_field": field.api_name == module.display_field,
        "profiles": [
            {"permission_type": "read_write", "name": profile.name, "id": str(profile.id)} for profile in PROFILES
        ],
    }


def _type(field: Field) -> Json:
    return {
        "data_type": field.data_type,
        "json_type": field.json_type,
        "ui_type": field.ui_type,
        "display_type": -1,
        "decimal_place": field.decimals,
        "custom_field": field.custom,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "system_mandatory": field.mandatory,
        "visible": field.visible,
        "virtual_field": False,
        "operation_type": dict.fromkeys(("web_update", "api_create", "web_create", "api_update"), not field.read_only),
        "view_type": {
            "view": True,
            "edit": not field.read_only,
            "quick_create": field.mandatory,
            "create": not field.read_only,
        },
    }


def _switches(field: Field) -> Json:
    sortable = field.data_type not in UNSORTABLE
    return {
        "webhook": True,
        "searchable": sortable,
        "sortable": sortable,
        "filterable": field.data_type not in ("subform", "profileimage"),
        "mass_update": not field.read_only and not field.unique and field.data_type in ("picklist", "text", "integer"),
        "businesscard_supported": True,
        "history_tracking_enabled": False,
        "history_tracking": None,
        "colour_code_enabled_by_system": False,
        "enable_colour_code": False,
        "pick_list_values_sorted_lexically": False,
        "hipaa_compliance_enabled": False,
        "hipaa_compliance": None,
        "additional_column": None,
        "customizable_properties": [],
        "display_format_properties": None,
        "display_format": None,
        "separator": False,
        "external": None,
        "private": None,
        "public": False,
        "crypt": None,
        "range": None,
        "global_picklist": None,
        "parent_field": None,
        "child_fields": [],
        "address": None,
        "blueprint_supported": field.data_type == "picklist",
    }


def _structures(schema: Schema, module: Module, field: Field) -> Json:
    empty = ("multi_module_lookup", "multiselectlookup", "rollup_summary", "convert_mapping", "email_parser")
    return {
        **{name: {} for name in empty},
        "association_details": None,
        "unique": {"case_sensitive": False} if field.unique else {},
        "currency": {"rounding_option": "normal", "precision": 2} if field.data_type == "currency" else {},
        "formula": {"return_type": field.returns, "assume_default": False} if field.returns else {},
        "auto_number": {"prefix": "PRJ-", "suffix": "", "start_number": 1} if field.data_type == "autonumber" else {},
        "lookup": _lookup(schema, field),
        "pick_list_values": pick_list_values(module, field),
        "email_parser": {"fields_update_supported": False, "record_operations_supported": False},
        **({"associated_module": subform_reference(module, field)} if field.data_type == "subform" else {}),
    }


def _lookup(schema: Schema, field: Field) -> Json:
    if field.data_type != "lookup" or (field.api_name in MULTI_MODULE and not field.custom):
        return {}
    target = schema.modules[field.lookup or ""]
    return {
        "display_label": field.related_name or field.label,
        "revalidate_filter_during_edit": False,
        "api_name": field.related_name or field.api_name,
        "module": {"api_name": target.api_name, "crypt": False, "id": str(org_id(target.suffix))},
        "id": str(named_id("lookup", target.api_name, field.api_name)),
        "query_details": {},
    }


def subform_reference(module: Module, field: Field) -> Json:
    return {"module": field.api_name, "id": str(named_id("subform", module.api_name, field.api_name))}


@known("Zoho CRM v8 docs: pick_list_values, the first one -None-")
def pick_list_values(module: Module, field: Field) -> list[Json]:
    if field.data_type not in ("picklist", "multiselectpicklist"):
        return []
    none = [("-None-", "-None-")] if field.data_type == "picklist" else []
    return [
        {
            "display_value": display,
            "sequence_number": number,
            "reference_value": actual,
            "colour_code": COLOURS[number % len(COLOURS)],
            "actual_value": actual,
            "id": str(named_id("value", module.api_name, field.api_name, actual)),
            "type": "used",
        }
        for number, (actual, display) in enumerate([*none, *field.values], start=1)
    ]


@known("Zoho CRM v8 docs, Get Modules")
def module_json(module: Module, sequence: int, parent: Module | None = None) -> Json:
    profiles = [{"name": profile.name, "id": str(profile.id)} for profile in PROFILES]
    switches = [
        "global_search_supported",
        "deletable",
        "creatable",
        "recycle_bin_on_delete",
        "lookupable",
        "isBlueprintSupported",
        "editable",
        "viewable",
        "api_supported",
        "quick_create",
        "feeds_required",
        "show_as_tab",
    ]
    off = ["has_more_profiles", "public_fields_configured", "sub_menu_available", "convertable"]
    return {
        **dict.fromkeys(switches, True),
        **dict.fromkeys(off, False),
        "private_profile": None,
        "presence_sub_menu": True,
        "access_type": "org_based",
        "description": None,
        "modified_time": None,
        "plural_label": module.plural,
        "actual_plural_label": module.plural,
        "singular_label": module.singular,
        "actual_singular_label": module.singular,
        "id": str(org_id(module.suffix)),
        "visibility": 1,
        "profiles": profiles,
        "web_link": None,
        "sequence_number": sequence,
        "api_name": module.api_name,
        "module_name": module.internal,
        "modified_by": None,
        "generated_type": module.generated_type,
        "arguments": [],
        "profile_count": len(profiles),
        "business_card_field_limit": 5,
        "parent_module": {"api_name": parent.api_name, "id": str(org_id(parent.suffix))} if parent else {},
        "status": "visible",
    }
