"""Layouts and related lists."""

from __future__ import annotations

from zohocrm_mcp.simulator.endpoints.settings_modules import module_param
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.metadata.layouts import layout_json, related_list_json
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Json, Refusal

LAYOUTS = ("ZohoCRM.settings.layouts.READ",)
RELATED = ("ZohoCRM.settings.related_lists.READ",)


@route("GET", "/crm/v8/settings/layouts", scopes=LAYOUTS)
@known("Zoho CRM v8 docs, Get Layouts")
def list_layouts(call: Call) -> Answer:
    return Answer({"layouts": [layout_json(call.state.schema, module_param(call))]})


@route("GET", "/crm/v8/settings/layouts/{id}", scopes=LAYOUTS)
@guessed("an unknown layout id is INVALID_DATA with resource_path_index 2")
def get_layout(call: Call) -> Answer:
    module = module_param(call)
    if call.params["id"] != str(org_id(module.layout_suffix)):
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2})
    return Answer({"layouts": [layout_json(call.state.schema, module)]})


def _related(call: Call) -> list[Json]:
    module, schema = module_param(call), call.state.schema
    return [related_list_json(schema, module, each, number) for number, each in enumerate(module.related, start=1)]


@route("GET", "/crm/v8/settings/related_lists", scopes=RELATED)
@known("Zoho CRM v8 docs, Get Related Lists")
@guessed("a module without related lists answers 204")
def list_related_lists(call: Call) -> Answer:
    found = _related(call)
    return Answer({"related_lists": found}) if found else NOTHING


@route("GET", "/crm/v8/settings/related_lists/{id}", scopes=RELATED)
@known("Zoho CRM v8 docs, Get a Related List")
def get_related_list(call: Call) -> Answer:
    found = [each for each in _related(call) if each["id"] == call.params["id"]]
    return Answer({"related_lists": found}) if found else NOTHING
