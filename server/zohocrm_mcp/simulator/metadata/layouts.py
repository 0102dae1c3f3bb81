"""Layouts and related lists as the settings API shows them."""

from __future__ import annotations

from typing import Any

from zohocrm_mcp.simulator.metadata.common import Module, RelatedList
from zohocrm_mcp.simulator.metadata.describe import field_json
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.metadata.ids import named_id, org_id
from zohocrm_mcp.simulator.metadata.schema import Schema
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.users import PROFILES

Json = dict[str, Any]


@known("Zoho CRM v8 docs, Get Layouts: sections with fields; required only shows here")
@guessed("every module has one layout of one section per subject")
def layout_json(schema: Schema, module: Module) -> Json:
    actions = ("edit", "rename", "clone", "downgrade", "delete", "deactivate", "set_layout_permissions")
    return {
        "has_more_profiles": False,
        "created_time": None,
        "convert_mapping": None,
        "modified_time": None,
        "visible": True,
        "created_for": None,
        "name": "Standard",
        "display_label": "Standard",
        "api_name": "Standard__s",
        "modified_by": None,
        "profiles": [_profile(profile.name, profile.id) for profile in PROFILES],
        "source": "crm",
        "id": str(org_id(module.layout_suffix)),
        "created_by": None,
        "generated_type": "system",
        "status": "active",
        "show_business_card": True,
        "actions_allowed": dict.fromkeys(actions, False) | {"edit": True, "clone": True},
        "sections": _sections(schema, module),
    }


def _profile(name: str, profile_id: int) -> Json:
    return {
        "default": True,
        "name": name,
        "id": str(profile_id),
        "_default_view": _view(f"{name} view", "layout"),
        "_default_assignment_view": _view(f"{name} assignment", "layout"),
    }


def _view(name: str, kind: str) -> Json:
    return {"name": name, "id": str(named_id("layout view", name)), "type": kind}


def _sections(schema: Schema, module: Module) -> list[Json]:
    shown = [field for field in module.fields if not field.hidden_in_layout]
    plain = [field for field in shown if field.data_type != "subform"]
    named = f"{module.singular} Information"
    sections = [_section(schema, module, named, 1, plain)]
    for field in shown:
        if field.data_type == "subform":
            sections.append(_section(schema, module, field.label, len(sections) + 1, [field]))
    return sections


def _section(schema: Schema, module: Module, label: str, number: int, fields: list[Field]) -> Json:
    section_id = str(named_id("section", module.api_name, label))
    subform = len(fields) == 1 and fields[0].data_type == "subform"
    return {
        "display_label": label,
        "sequence_number": number,
        "isSubformSection": subform,
        "tab_traversal": 2,
        "api_name": label.replace(" ", "_"),
        "column_count": 2,
        "name": label,
        "generated_type": "default",
        "type": "used",
        "mode": "all",
        "id": section_id,
        "actions_allowed": dict.fromkeys(_SECTION_ACTIONS, False) | {"add_field": True},
        "properties": None,
        "fields": [_layout_field(schema, module, field, section_id, place) for place, field in enumerate(fields, 1)],
    }


def _layout_field(schema: Schema, module: Module, field: Field, section_id: str, place: int) -> Json:
    return {
        **field_json(schema, module, field),
        "required": field.mandatory or field.layout_mandatory,
        "validation_rule": None,
        "default_value": None,
        "sequence_number": place,
        "section_id": section_id,
        "show_type": 7,
        "category": 0,
        "element_type": "field",
    }


_SECTION_ACTIONS = ("rename", "delete", "add_field", "change_tab_traversal", "reorder", "change_column_count")


@known("Zoho CRM v8 docs, Get Related Lists")
def related_list_json(schema: Schema, module: Module, related: RelatedList, number: int) -> Json:
    target = schema.modules[related.module]
    return {
        "id": related_list_id(module, related),
        "api_name": related.api_name,
        "name": related.label,
        "display_label": related.label,
        "customize_display_label": True,
        "customize_fields": True,
        "customize_sort": True,
        "sequence_number": str(number),
        "href": f"{module.api_name}/{{ENTITYID}}/{related.api_name}",
        "module": {"api_name": target.api_name, "id": str(org_id(target.suffix))},
        "action": "add",
        "type": "default" if target.generated_type == "default" else "custom_lookup",
        "connectedmodule": None,
        "linkingmodule": None,
        "status": "visible",
        "sort_by": None,
        "sort_order": None,
        "fields": [{"api_name": target.display_field, "id": str(named_id(target.api_name, target.display_field))}],
    }


def related_list_id(module: Module, related: RelatedList) -> str:
    return str(named_id("related", module.api_name, related.api_name))
