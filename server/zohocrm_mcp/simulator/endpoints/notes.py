"""Notes of a record."""

from __future__ import annotations

from zohocrm_mcp.simulator.endpoints.records_read import record_id_of
from zohocrm_mcp.simulator.endpoints.records_write import each_of
from zohocrm_mcp.simulator.records.outcome import RecordRefusal, answer_for
from zohocrm_mcp.simulator.records.write import Writer, records_of
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Answer, Call, Json, Refusal, success

CREATE = ("ZohoCRM.modules.notes.CREATE",)


@known("Zoho CRM docs, Create Notes: EXPECTED_FIELD_MISSING when title and content are both missing")
def create_note(writer: Writer, index: int, note: Json) -> Json:
    if not note.get("Note_Title") and not note.get("Note_Content"):
        expected = [
            {"api_name": name, "json_path": f"$.data[{index}].{name}"} for name in ("Note_Title", "Note_Content")
        ]
        raise RecordRefusal(
            "EXPECTED_FIELD_MISSING", "one of the expected fields is missing", {"expected_fields": expected}
        )
    return success("record added", writer.create(index, note))


@route("POST", "/crm/v8/Notes", scopes=CREATE)
@known("Zoho CRM docs, Create Notes: Parent_Id with module and id")
@guessed("a note without Parent_Id is MANDATORY_NOT_FOUND")
def create_notes(call: Call) -> Answer:
    writer = Writer(call, call.state.schema.module("Notes"))

    def write(index: int, note: Json) -> Json:
        if not note.get("Parent_Id"):
            where = {"api_name": "Parent_Id", "json_path": f"$.data[{index}].Parent_Id"}
            raise RecordRefusal("MANDATORY_NOT_FOUND", "required field not found", where)
        return create_note(writer, index, note)

    return answer_for(call, each_of(records_of(call), write), 201)


@route("POST", "/crm/v8/{module}/{id}/Notes", scopes=CREATE)
@known("Zoho CRM docs, Create Notes of a record")
def create_notes_of(call: Call) -> Answer:
    module, parent = call.state.schema.module(call.params["module"]), record_id_of(call)
    if parent not in call.state.tables[module.api_name]:
        raise Refusal("INVALID_DATA", "the related id given seems to be invalid", {"resource_path_index": 1})
    writer = Writer(call, call.state.schema.module("Notes"))
    about = {"Parent_Id": {"module": {"api_name": module.api_name}, "id": str(parent)}}
    items = each_of(records_of(call), lambda index, note: create_note(writer, index, {**note, **about}))
    return answer_for(call, items, 201)
