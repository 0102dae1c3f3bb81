"""Custom views."""

from __future__ import annotations

from zohocrm_mcp.simulator.endpoints.people import reference
from zohocrm_mcp.simulator.endpoints.settings_modules import module_param
from zohocrm_mcp.simulator.metadata.views import View, views_of
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.seed.base import FIRST_CREATED
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.wire import Answer, Call, Json, Refusal

SCOPES = ("ZohoCRM.settings.custom_views.READ",)


@route("GET", "/crm/v8/settings/custom_views", scopes=SCOPES)
@known("Zoho CRM v8 docs, Get Custom Views: info with the default view and translations")
def list_views(call: Call) -> Answer:
    module = module_param(call)
    views = views_of(module)
    info = {
        "per_page": 200,
        "default": str(views[0].id),
        "count": len(views),
        "translation": {
            "public_views": "Public Views",
            "other_users_views": "Other Users Views",
            "shared_with_me": "Shared With Me",
            "created_by_me": "Created By Me",
        },
        "page": 1,
        "more_records": False,
    }
    return Answer({"custom_views": [_shown(call, view, default=view is views[0]) for view in views], "info": info})


@route("GET", "/crm/v8/settings/custom_views/{id}", scopes=SCOPES)
@known("Zoho CRM v8 docs, Get a Custom View: with criteria, fields and order")
@guessed("an unknown view is INVALID_DATA with resource_path_index 2")
def get_view(call: Call) -> Answer:
    module = module_param(call)
    view = next((each for each in views_of(module) if str(each.id) == call.params["id"]), None)
    if not view:
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2})
    more = {
        "criteria": view.criteria,
        "fields": [{"api_name": module.display_field, "_pin": False}],
        "sort_by": None,
        "sort_order": None,
        "shared_to": None,
    }
    return Answer({"custom_views": [_shown(call, view, default=False) | more]})


def _shown(call: Call, view: View, *, default: bool) -> Json:
    when, who = iso(FIRST_CREATED, call.zone), reference(call.state.users.current)
    own = view.system_name is None
    return {
        "id": str(view.id),
        "name": view.name,
        "display_value": view.name,
        "system_name": view.system_name,
        "system_defined": not own,
        "category": view.category,
        "default": default,
        "created_by": who if own else None,
        "modified_by": who if own else None,
        "created_time": when if own else None,
        "modified_time": when if own else None,
        "last_accessed_time": when,
        "access_type": "public",
        "locked": False,
        "favorite": None,
    }
