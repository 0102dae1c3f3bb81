"""Creating, updating, upserting and deleting records."""

from __future__ import annotations

from collections.abc import Callable

from zohocrm_mcp.simulator.endpoints.records_read import record_id_of
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.outcome import MOST_RECORDS, RecordRefusal, answer_for
from zohocrm_mcp.simulator.records.removal import remove
from zohocrm_mcp.simulator.records.upsert import duplicate_of, match_fields
from zohocrm_mcp.simulator.records.write import Writer, records_of
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store import times
from zohocrm_mcp.simulator.wire import Answer, Call, Json, Refusal, failure, success

CREATE = ("ZohoCRM.modules.{module}.CREATE",)
UPDATE = ("ZohoCRM.modules.{module}.UPDATE",)
DELETE = ("ZohoCRM.modules.{module}.DELETE",)
HEAVY_FROM = 10


@known("Zoho CRM v8 docs, API limits: 1 credit per 10 records")
def write_credits(call: Call) -> int:
    return -(-_records_count(call) // 10) or 1


@known("Zoho CRM v8 docs, API limits: a write of more than 10 records counts as heavy")
def is_heavy(call: Call) -> bool:
    return _records_count(call) > HEAVY_FROM


def _records_count(call: Call) -> int:
    try:
        data = call.json().get("data")
    except Refusal:
        return 1
    return len(data) if isinstance(data, list) else 1


def each_of(records: list[Json], write: Callable[[int, Json], Json]) -> list[Json]:
    """The outcome of each record, in order."""
    items = []
    for index, record in enumerate(records):
        try:
            items.append(write(index, record))
        except RecordRefusal as refusal:
            items.append(refusal.item)
    return items


_VERBS = {"POST": ("Create", "add"), "PUT": ("Edit", "update"), "DELETE": ("Delete", "delete")}


@known("published example: NO_PERMISSION (403) with the permissions that are missing")
@guessed("only the profile Read Only is without permissions; permission names of modules other than Leads")
def writable(call: Call) -> Module:
    """The module of the path, if the user may write there."""
    module = call.state.schema.module(call.params["module"])
    if call.state.users.by_id[call.user_id].profile.name == "Read Only":
        permission, verb = _VERBS.get(call.method, ("Edit", "update"))
        details = {"permissions": [f"Crm_Implied_{permission}_{module.api_name}"]}
        raise Refusal("NO_PERMISSION", f"Permission denied to {verb}", details, status=403)
    return module


@route("POST", "/crm/v8/{module}", scopes=CREATE, credits=write_credits, heavy=is_heavy)
@known("Zoho CRM v8 docs, Insert Records: 201 record added")
def create_records(call: Call) -> Answer:
    module = writable(call)
    writer = Writer(call, module)
    items = each_of(records_of(call), lambda index, each: success("record added", writer.create(index, each)))
    return answer_for(call, items, 201)


@route("PUT", "/crm/v8/{module}", scopes=UPDATE, credits=write_credits, heavy=is_heavy)
@known("Zoho CRM v8 docs, Update Records: 200 record updated; a record without id is MANDATORY_NOT_FOUND")
def update_records(call: Call) -> Answer:
    module = writable(call)
    writer = Writer(call, module)
    items = each_of(records_of(call), lambda index, each: _updated(call, module, writer, index, each))
    return answer_for(call, items, 200)


def _updated(call: Call, module: Module, writer: Writer, index: int, record: Json) -> Json:
    where = {"api_name": "id", "json_path": f"$.data[{index}].id"}
    text = str(record.get("id") or "")
    if not text:
        raise RecordRefusal("MANDATORY_NOT_FOUND", "required field not found", where)
    if not text.isdecimal() or int(text) not in call.state.tables[module.api_name]:
        raise RecordRefusal("INVALID_DATA", "the id given seems to be invalid", {"id": text, **where})
    return success("record updated", writer.update(index, int(text), record))


@route("PUT", "/crm/v8/{module}/{id}", scopes=UPDATE, credits=write_credits)
@known("observed live v8: PUT of a record that is gone is a flat 400 with resource_path_index", 2026)
@guessed("more than one record in the body: the first counts")
def update_record(call: Call) -> Answer:
    module, record_id = writable(call), record_id_of(call)
    if record_id not in call.state.tables[module.api_name]:
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    writer = Writer(call, module)
    records = records_of(call)[:1]
    if stale := _stale(call, module, writer, record_id):
        return stale
    items = each_of(records, lambda index, each: success("record updated", writer.update(index, record_id, each)))
    return answer_for(call, items, 200)


@known("Zoho CRM v8 docs: If-Unmodified-Since, 412 ALREADY_MODIFIED")
def _stale(call: Call, module: Module, writer: Writer, record_id: int) -> Answer | None:
    since = times.parse(call.headers.get("if-unmodified-since", ""))
    modified = call.state.tables[module.api_name].value(record_id, "Modified_Time")
    if since is None or int(str(modified)) <= since:
        return None
    message = "record updated time has already passed if-unmodified-since time"
    return Answer({"data": [failure("ALREADY_MODIFIED", message, writer.details(record_id))]}, 412)


@route("POST", "/crm/v8/{module}/upsert", scopes=CREATE + UPDATE, credits=write_credits, heavy=is_heavy)
@known("live: upsert items carry duplicate_field and action", 2026)
def upsert_records(call: Call) -> Answer:
    module = writable(call)
    writer, fields = Writer(call, module), match_fields(call, module)

    def write(index: int, record: Json) -> Json:
        found, field = duplicate_of(call, module, fields, record)
        if found is None:
            added = writer.create(index, record)
            return success("record added", added, duplicate_field=None, action="insert")
        updated = writer.update(index, found, record)
        return success("record updated", updated, duplicate_field=field, action="update")

    return answer_for(call, each_of(records_of(call), write), 200)


@route("DELETE", "/crm/v8/{module}/{id}", scopes=DELETE)
@known("live: record deleted; Zoho CRM v8 docs: a gone id is INVALID_DATA with resource_path_index", 2026)
def delete_record(call: Call) -> Answer:
    module, record_id = writable(call), record_id_of(call)
    if record_id not in call.state.tables[module.api_name]:
        raise Refusal("INVALID_DATA", "record not deleted", {"resource_path_index": 1})
    return Answer({"data": [remove(call, module, record_id)]})


@route("DELETE", "/crm/v8/{module}", scopes=DELETE)
@known("Zoho CRM v8 docs, Delete Records: ids, at most 100; REQUIRED_PARAM_MISSING, UNABLE_TO_PARSE_DATA_TYPE")
@guessed("a delete of existing and gone ids answers as other mixed outcomes do")
def delete_records(call: Call) -> Answer:
    module, texts = writable(call), [text.strip() for text in call.query.get("ids", "").split(",") if text.strip()]
    if not texts:
        raise Refusal("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "ids"})
    if not all(text.isdecimal() for text in texts):
        message = "either the request body or parameters is in wrong format"
        raise Refusal("UNABLE_TO_PARSE_DATA_TYPE", message)
    if len(texts) > MOST_RECORDS:
        raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"limit": MOST_RECORDS, "param_name": "ids"})
    table = call.state.tables[module.api_name]
    items = [
        remove(call, module, int(text))
        if int(text) in table
        else failure("INVALID_DATA", "record not deleted", {"id": text})
        for text in texts
    ]
    return answer_for(call, items, 200)
