"""Search and count."""

from __future__ import annotations

from itertools import islice

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.full import full_record, whole
from zohocrm_mcp.simulator.records.views import condition_of_view
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.search.find import PARAMETERS, condition, found, sort_key
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.render import Renderer
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Json, Refusal

SEARCH = ("ZohoCRM.modules.{module}.READ", "ZohoSearch.securesearch.READ")
COUNT = (*SEARCH, "ZohoCRM.settings.layouts.READ")
MOST_FOUND = 2000


@route("GET", "/crm/v8/{module}/search", scopes=SEARCH)
@known("Zoho CRM docs, Search Records: 204 when nothing is found, at most 2,000 records (LIMIT_REACHED)")
@known("Zoho CRM v8 docs, scopes: search needs ZohoSearch.securesearch.READ")
@guessed("found records come newest first unless sort_by says otherwise")
def search_records(call: Call) -> Answer:
    module = call.state.schema.module(call.params["module"])
    if not module.searchable:
        details = {"module": module.api_name}
        raise Refusal("NOT_SUPPORTED", "module not supported for search", details)
    wanted = condition(call, module)
    if wanted is None:
        raise Refusal("EXPECTED_PARAM_MISSING", "mandatory param missing", {"param_names": [*PARAMETERS]})
    page, per_page = call.number("page", 1, 1, 10**9), call.number("per_page", 200, 1, 200)
    if page * per_page > MOST_FOUND:
        raise Refusal("LIMIT_REACHED", "maximum response iteration limit reached", {"limit": str(MOST_FOUND)})
    ids = _sorted(call, module, list(found(call, module, wanted)))
    shown = list(islice(ids, (page - 1) * per_page, page * per_page))
    if not shown:
        return NOTHING
    return Answer(
        {
            "data": _shown(call, module, shown),
            "info": {
                "per_page": per_page,
                "count": len(shown),
                "sort_by": call.query.get("sort_by") or "id",
                "page": page,
                "sort_order": call.query.get("sort_order") or "desc",
                "more_records": len(ids) > page * per_page,
            },
        }
    )


def _sorted(call: Call, module: Module, ids: list[int]) -> list[int]:
    name = call.query.get("sort_by") or "id"
    descending = (call.query.get("sort_order") or "desc") == "desc"
    if name == "id":
        return ids[::-1] if descending else ids
    if not module.field_named(name):
        raise Refusal("INVALID_DATA", "invalid data", {"param_name": "sort_by"})
    return sorted(ids, key=sort_key(call, module, name), reverse=descending)


def _shown(call: Call, module: Module, ids: list[int]) -> list[Json]:
    names = [name.strip() for name in call.query.get("fields", "").split(",") if name.strip()]
    if names:
        fields = [field for field in map(module.field_named, names) if field and field.data_type != "subform"]
        render = Renderer(call.state, module, fields, call.zone)
        return [render(record_id) for record_id in ids]
    render = whole(call, module, [field for field in module.fields if field.data_type != "subform"])
    return [full_record(call, module, record_id, render) for record_id in ids]


@route("GET", "/crm/v8/{module}/actions/count", scopes=COUNT)
@known("Zoho CRM v8 docs, Get Record Count: cvid and search parameters exclude each other")
@guessed("count sees changes as late as search does")
def count_records(call: Call) -> Answer:
    module = call.state.schema.module(call.params["module"])
    given = [name for name in (*PARAMETERS, "cvid") if call.query.get(name)]
    if "cvid" in given and len(given) > 1:
        names = [{"param_name": name} for name in given]
        message = "ambiguity while processing the request"
        raise Refusal("AMBIGUITY_DURING_PROCESSING", message, {"ambiguity_due_to": names})
    wanted = condition_of_view(call, module, call.query["cvid"]) if "cvid" in given else condition(call, module)
    if wanted is None:
        return Answer({"count": len(call.state.tables[module.api_name])})
    return Answer({"count": sum(1 for _ in found(call, module, wanted))})
