"""Lists of records and single records."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.full import full_record, whole
from zohocrm_mcp.simulator.records.listing import changed_since, filtered, order_of, wanted_fields
from zohocrm_mcp.simulator.records.paging import Order, page_of
from zohocrm_mcp.simulator.records.views import condition_of_view
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import compiled
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Refusal

READ = ("ZohoCRM.modules.{module}.READ",)
ID_DIGITS = 19


@known("Zoho CRM v8 docs, API limits: a list with cvid costs 3 credits")
def _list_credits(call: Call) -> int:
    return 3 if "cvid" in call.query else 1


@route("GET", "/crm/v8/{module}", scopes=READ, credits=_list_credits)
@known("Zoho CRM v8 docs, Get Records: 204 when there is nothing, 304 with If-Modified-Since")
@known("Zoho CRM v8 docs: the list of notes is for administrators")
def list_records(call: Call) -> Answer:
    module = call.state.schema.module(call.params["module"])
    if module.api_name == "Notes" and not call.state.users.by_id[call.user_id].admin:
        raise Refusal("NOT_SUPPORTED", "This API is supported only for admin users.", status=403)
    fields = wanted_fields(call, module)
    order = changed_since(call, order_of(call, module), module)
    if "cvid" in call.query:
        order = _of_view(call, module)
    if "ids" in call.query:
        order = filtered(order, set(_ids(call)).__contains__)
    page = page_of(call, order, _binding(call))
    if not page.ids:
        return Answer(status=304) if "if-modified-since" in call.headers else NOTHING
    render = whole(call, module, fields)
    return Answer({"data": [render(record_id) for record_id in page.ids], "info": page.info})


def _binding(call: Call) -> str:
    names = sorted(name for name in call.query if name not in ("page", "page_token"))
    return call.path + "?" + "&".join(f"{name}={call.query[name]}" for name in names)


def _of_view(call: Call, module: Module) -> Order:
    if "sort_by" in call.query:
        names = [{"param_name": "cvid"}, {"param_name": "sort_by"}]
        message = "ambiguity while processing the request"
        raise Refusal("AMBIGUITY_DURING_PROCESSING", message, {"ambiguity_due_to": names})
    condition = condition_of_view(call, module, call.query["cvid"])
    order = order_of(call, module)
    if condition is None:
        return order
    return filtered(order, compiled(condition, call.state.path_reader(module)))


def _ids(call: Call) -> list[int]:
    return [int(text) for text in call.query["ids"].split(",") if text.strip().isdecimal()]


@route("GET", "/crm/v8/{module}/{id}", scopes=READ)
@known("observed live: an unknown or deleted id is 204", 2026)
def get_record(call: Call) -> Answer:
    module = call.state.schema.module(call.params["module"])
    record_id = record_id_of(call)
    if record_id not in call.state.tables[module.api_name]:
        return NOTHING
    if not call.query.get("fields"):
        return Answer({"data": [full_record(call, module, record_id)]})
    names = call.query["fields"].split(",")
    fields = [field for field in map(module.field_named, names) if field]
    return Answer({"data": [whole(call, module, fields)(record_id)]})


@known("Zoho CRM v8 docs: a malformed id is INVALID_DATA, one that is too long INVALID_URL_PATTERN")
@guessed("the id that is too long has more than 19 digits")
def record_id_of(call: Call, name: str = "id", place: int = 1) -> int:
    """The record id of the path."""
    text = call.params[name]
    if name == "id" and "x-external" in call.headers:
        return _external(call, text)
    if len(text) > ID_DIGITS and text.isdecimal():
        raise Refusal("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", status=404)
    if not (text.isascii() and text.isdecimal()):
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": place})
    return int(text)


@known("Zoho CRM v8 docs, external ids: X-EXTERNAL names module and field, the path holds the value")
@guessed("any unique field serves as an external id; an unknown value is the id 0, which no record has")
def _external(call: Call, value: str) -> int:
    module, _, name = call.headers["x-external"].partition(".")
    field = call.state.schema.module(module, {"header": "X-EXTERNAL"}).field_named(name)
    if module != call.params.get("module") or not field or not field.unique:
        raise Refusal("INVALID_DATA", "the external field given seems to be invalid", {"header": "X-EXTERNAL"})
    return call.state.tables[module].find(name, value) or 0
