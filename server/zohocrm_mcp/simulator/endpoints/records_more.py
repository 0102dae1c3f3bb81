"""Clones, owners, full data, the timeline of a record, and links in related lists."""

from __future__ import annotations

from zohocrm_mcp.simulator.endpoints.people import reference
from zohocrm_mcp.simulator.endpoints.records_read import READ, record_id_of
from zohocrm_mcp.simulator.endpoints.records_write import CREATE, UPDATE, each_of, writable
from zohocrm_mcp.simulator.endpoints.related import related_of
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.full import full_record
from zohocrm_mcp.simulator.records.outcome import answer_for
from zohocrm_mcp.simulator.records.write import Writer, records_of
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.reference import Reference
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Json, Refusal, failure, success


def _existing(call: Call) -> tuple[Module, int]:
    module, record_id = writable(call), record_id_of(call)
    if record_id not in call.state.tables[module.api_name]:
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    return module, record_id


@route("POST", "/crm/v8/{module}/{id}/actions/clone", scopes=CREATE)
@known("Zoho CRM docs, Clone Record: data[0] overrides; 201 record added")
@guessed("unique fields of the original are left empty in the clone")
def clone_record(call: Call) -> Answer:
    module, record_id = _existing(call)
    overrides = records_of(call)[0] if call.body.strip() else {}
    original = full_record(call, module, record_id)
    kept = {
        field.api_name: original[field.api_name]
        for field in module.fields
        if not field.read_only and not field.unique and field.data_type not in ("subform", "layout")
    }
    writer = Writer(call, module)
    item = {name: value for name, value in {**kept, **overrides}.items() if value is not None}
    items = each_of([item], lambda index, record: success("record added", writer.create(index, record)))
    return answer_for(call, items, 201)


@route("GET", "/crm/v8/{module}/{id}/actions/fetch_full_data", scopes=READ)
@known("Zoho CRM v8 specification: fetch_full_data")
def fetch_full_data(call: Call) -> Answer:
    module, record_id = call.state.schema.module(call.params["module"]), record_id_of(call)
    if record_id not in call.state.tables[module.api_name]:
        return NOTHING
    return Answer({"data": [full_record(call, module, record_id)]})


@known("Zoho CRM v8 specification: change_owner")
@guessed("message of change_owner: owner updated successfully")
def _hand_over(call: Call, module: Module, ids: list[object]) -> Answer:
    owner = call.json().get("owner")
    writer = Writer(call, module)
    table = call.state.tables[module.api_name]

    def change(index: int, record: Json) -> Json:
        text = str(record["id"])
        if not text.isdecimal() or int(text) not in table:
            return failure("INVALID_DATA", "the id given seems to be invalid", {"id": text})
        writer.update(index, int(text), {"Owner": owner})
        return success("owner updated successfully", {"id": text})

    return answer_for(call, each_of([{"id": each} for each in ids], change), 200)


@route("POST", "/crm/v8/{module}/{id}/actions/change_owner", scopes=UPDATE)
@known("Zoho CRM v8 specification: change_owner of one record")
def change_owner(call: Call) -> Answer:
    module, record_id = _existing(call)
    return _hand_over(call, module, [record_id])


@route("POST", "/crm/v8/{module}/actions/change_owner", scopes=UPDATE)
@known("Zoho CRM v8 specification: change_owner of several records")
def change_owners(call: Call) -> Answer:
    ids = call.json().get("ids")
    if not isinstance(ids, list) or not ids:
        raise Refusal("MANDATORY_NOT_FOUND", "required field not found", {"api_name": "ids", "json_path": "$.ids"})
    return _hand_over(call, writable(call), ids)


@route("GET", "/crm/v8/{module}/{id}/__timeline", scopes=READ)
@known("Zoho CRM v8 specification: timeline entries with info")
@guessed("the timeline only knows when a record was made and last changed")
def timeline(call: Call) -> Answer:
    module, record_id = call.state.schema.module(call.params["module"]), record_id_of(call)
    table = call.state.tables[module.api_name]
    if record_id not in table:
        return NOTHING
    name = str(table.value(record_id, module.display_field))
    entries = [
        {
            "id": f"{record_id}{number}",
            "action": action,
            "audited_time": iso(int(str(table.value(record_id, f"{kind}_Time"))), call.zone),
            "done_by": reference(call.state.users.by_id[int(str(table.value(record_id, f"{kind}_By")))]),
            "record": {"id": str(record_id), "name": name, "module": {"api_name": module.api_name}},
            "source": "crm_api",
            "type": None,
            "field_history": None,
        }
        for number, (kind, action) in enumerate((("Modified", "updated"), ("Created", "added")))
    ]
    info: Json = {"per_page": 200, "next_page_token": None, "count": len(entries), "previous_page_token": None}
    info["more_records"] = False
    return Answer({"__timeline": entries, "info": info})


@route("PUT", "/crm/v8/{module}/{id}/{related}", scopes=UPDATE)
@known("Zoho CRM v8 specification: linking records in a related list")
@guessed("message of a link: relation added")
def link(call: Call) -> Answer:
    return _relate(call, [record.get("id") for record in records_of(call)], attach=True)


@route("PUT", "/crm/v8/{module}/{id}/{related}/{rid}", scopes=UPDATE)
@known("Zoho CRM v8 specification: linking one record")
def link_one(call: Call) -> Answer:
    return _relate(call, [call.params["rid"]], attach=True)


@route("DELETE", "/crm/v8/{module}/{id}/{related}/{rid}", scopes=UPDATE)
@known("Zoho CRM v8 specification: unlinking one record")
@guessed("message of an unlink: relation removed")
def unlink_one(call: Call) -> Answer:
    return _relate(call, [call.params["rid"]], attach=False)


def _relate(call: Call, ids: list[object], *, attach: bool) -> Answer:
    module, parent, related = related_of(call)
    target = call.state.schema.modules[related.module]
    table, writer = call.state.tables[related.module], Writer(call, target)
    many = related.field in ("What_Id", "Parent_Id")
    value = (Reference(module.api_name, parent) if many else parent) if attach else None
    items = []
    for each in ids:
        if not str(each).isdecimal() or int(str(each)) not in table:
            items.append(failure("INVALID_DATA", "the related id given seems to be invalid", {"id": str(each)}))
            continue
        writer.store(int(str(each)), {related.field: value})
        message = "relation added" if attach else "relation removed"
        items.append(success(message, {"id": str(each)}))
    return answer_for(call, items, 200)
