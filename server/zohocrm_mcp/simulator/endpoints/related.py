"""Related lists of a record."""

from __future__ import annotations

from collections.abc import Iterator

from zohocrm_mcp.simulator.endpoints.records_read import record_id_of
from zohocrm_mcp.simulator.metadata.common import Module, RelatedList
from zohocrm_mcp.simulator.records.full import whole
from zohocrm_mcp.simulator.records.listing import ordered, wanted_fields
from zohocrm_mcp.simulator.records.paging import Order, page_of
from zohocrm_mcp.simulator.records.related import children
from zohocrm_mcp.simulator.records.tokens import Key
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Refusal

READ = ("ZohoCRM.modules.{module}.READ",)


@known("Zoho CRM v8 docs: a wrong parent is INVALID_DATA, the related id given seems to be invalid")
@guessed("an unknown related list is INVALID_DATA with resource_path_index 2")
def related_of(call: Call) -> tuple[Module, int, RelatedList]:
    """The parent's module and id, and the related list of the path."""
    module, parent = call.state.schema.module(call.params["module"]), record_id_of(call)
    related = next((each for each in module.related if each.api_name == call.params["related"]), None)
    if not related:
        raise Refusal("INVALID_DATA", "the relation name given seems to be invalid", {"resource_path_index": 2})
    if parent not in call.state.tables[module.api_name]:
        raise Refusal("INVALID_DATA", "the related id given seems to be invalid", {"resource_path_index": 1})
    return module, parent, related


@route("GET", "/crm/v8/{module}/{id}/{related}", scopes=READ)
@known("Zoho CRM v8 docs, Get Related Records: fields is mandatory, info with tokens, 204 when empty")
def list_related(call: Call) -> Answer:
    module, parent, related = related_of(call)
    target = call.state.schema.modules[related.module]
    fields = wanted_fields(call, target)
    page = page_of(call, _order(call, module, parent, related, target), f"{call.path}?{call.query.get('fields')}")
    if not page.ids:
        return NOTHING
    render = whole(call, target, fields)
    return Answer({"data": [render(record_id) for record_id in page.ids], "info": page.info})


def _order(call: Call, module: Module, parent: int, related: RelatedList, target: Module) -> Order:
    sort_by, descending = call.query.get("sort_by") or "id", (call.query.get("sort_order") or "desc") == "desc"
    order = ordered(call, target, sort_by, descending=descending)
    ids = list(children(call.state, module.api_name, parent, related))
    keys = sorted(((order.key(each) if sort_by == "Modified_Time" else (0, each)) for each in ids), reverse=descending)

    def walk(after: Key | None) -> Iterator[int]:
        if after is None:
            return (key[1] for key in keys)
        start = after if sort_by == "Modified_Time" else (0, after[1])
        return (key[1] for key in keys if (key < start if descending else key > start))

    return Order(sort_by, descending, walk, order.key)
