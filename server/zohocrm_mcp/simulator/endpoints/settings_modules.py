"""Modules, fields and pick list values."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.describe import field_json, module_json, pick_list_values
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Json, Refusal

MODULES = ("ZohoCRM.settings.modules.READ",)
FIELDS = ("ZohoCRM.settings.fields.READ",)


@known("Zoho CRM v8 docs: REQUIRED_PARAM_MISSING, INVALID_MODULE with param_name")
def module_param(call: Call) -> Module:
    """The module named by the query."""
    name = call.query.get("module")
    if not name:
        raise Refusal("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "module"})
    return call.state.schema.described(name)


def _all(call: Call) -> list[Json]:
    modules, subforms = list(call.state.schema), call.state.schema.subforms()
    shown = [module_json(module, number) for number, module in enumerate(modules, start=1)]
    parents = {field.api_name: module for module in modules for field in module.fields}
    later = enumerate(subforms, start=len(modules) + 1)
    return [*shown, *(module_json(module, number, parents[module.api_name]) for number, module in later)]


@route("GET", "/crm/v8/settings/modules", scopes=MODULES)
@known("Zoho CRM v8 docs, Get Modules")
@guessed("status=user_hidden or system_hidden alone finds nothing: every module is visible")
def list_modules(call: Call) -> Answer:
    if "visible" not in call.query.get("status", "visible").split(","):
        return NOTHING
    return Answer({"modules": _all(call)})


def _named(call: Call, name: str) -> Module:
    schema = call.state.schema
    subforms = [module for module in schema.subforms() if module.api_name == name]
    return schema.by_id(name) or (subforms[0] if subforms else schema.module(name, {"resource_path_index": 1}))


@route("GET", "/crm/v8/settings/modules/{name}", scopes=MODULES)
@known("Zoho CRM v8 docs, Get a Module: by API name or id; INVALID_MODULE for others")
def get_module(call: Call) -> Answer:
    name = call.params["name"]
    module = _named(call, name)
    found = next(each for each in _all(call) if each["api_name"] == module.api_name)
    display = module.field_named(module.display_field)
    more = {
        "per_page": 10,
        "$field_states": [],
        "$properties": [],
        "$on_demand_properties": [],
        "search_layout_fields": [module.display_field],
        "kanban_view": False,
        "kanban_view_supported": True,
        "filter_status": True,
        "related_list_properties": {"sort_by": None, "sort_order": None, "fields": [module.display_field]},
        "display_field": display.api_name if display else None,
        "zia_view": False,
        "default_mapping_fields": [],
        "business_card_fields": [],
        "territory": None,
    }
    return Answer({"modules": [{**found, **more}]})


@route("GET", "/crm/v8/settings/fields", scopes=FIELDS)
@known("Zoho CRM v8 docs, Get Fields; 204 for type=unused when there are none")
def list_fields(call: Call) -> Answer:
    module = module_param(call)
    if call.query.get("type") == "unused":
        return NOTHING
    return Answer({"fields": [field_json(call.state.schema, module, field) for field in module.fields]})


@route("GET", "/crm/v8/settings/fields/{id}", scopes=FIELDS)
@known("Zoho CRM v8 docs, Get a Field")
@guessed("an unknown field id is INVALID_DATA with resource_path_index 2")
def get_field(call: Call) -> Answer:
    module = module_param(call)
    found = [field for field in module.fields if str(field.id) == call.params["id"]]
    if not found:
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2})
    return Answer({"fields": [field_json(call.state.schema, module, found[0])]})


@route("GET", "/crm/v8/settings/fields/{id}/pick_list_values", scopes=FIELDS)
@known("Zoho CRM v8 docs, Get Pick List Values")
def list_pick_list_values(call: Call) -> Answer:
    module = module_param(call)
    found = [field for field in module.fields if str(field.id) == call.params["id"]]
    if not found:
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2})
    return Answer({"pick_list_values": pick_list_values(module, found[0])})
