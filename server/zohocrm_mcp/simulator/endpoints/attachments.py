"""Attachments and photos of a record."""

from __future__ import annotations

from zohocrm_mcp.simulator.endpoints.records_read import record_id_of
from zohocrm_mcp.simulator.records.outcome import answer_for
from zohocrm_mcp.simulator.records.removal import remove
from zohocrm_mcp.simulator.records.write import Writer
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.reference import Reference
from zohocrm_mcp.simulator.uploads import file_of, parts_of
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Refusal, success

CREATE = ("ZohoCRM.modules.attachments.CREATE",)
READ = ("ZohoCRM.modules.attachments.READ",)
DELETE = ("ZohoCRM.modules.attachments.DELETE",)
MOST_BYTES = 20 * 1024 * 1024
BINARY = "application/x-download"


def _parent(call: Call) -> Reference:
    module, parent = call.state.schema.module(call.params["module"]), record_id_of(call)
    if parent not in call.state.tables[module.api_name]:
        raise Refusal("INVALID_DATA", "the related id given seems to be invalid", {"resource_path_index": 1})
    return Reference(module.api_name, parent)


@route("POST", "/crm/v8/{module}/{id}/Attachments", scopes=CREATE)
@known("Zoho CRM docs, Upload an Attachment: multipart file or attachmentUrl; 200 attachment uploaded successfully")
@guessed("files larger than 20 MB are refused with FILE_SIZE_EXCEEDS")
def upload(call: Call) -> Answer:
    parent, part = _parent(call), file_of(call)
    link = next((each.content.decode() for each in parts_of(call) if each.name == "attachmentUrl"), None)
    link = link or call.query.get("attachmentUrl")
    if not part and not link:
        raise Refusal("INVALID_DATA", "invalid data", {"expected_data_type": "file", "api_name": "file"})
    if part and len(part.content) > MOST_BYTES:
        raise Refusal("FILE_SIZE_EXCEEDS", "the file size exceeds the limit", {"maximum_size": MOST_BYTES})
    name = part.file_name if part else link
    values = {"File_Name": name, "Size": len(part.content) if part else 0, "Parent_Id": parent}
    details = Writer(call, call.state.schema.module("Attachments")).insert(dict(values))
    if part:
        call.state.files[int(details["id"])] = part.content
    return answer_for(call, [success("attachment uploaded successfully", details)], 200)


@route("GET", "/crm/v8/{module}/{id}/Attachments/{file}", scopes=READ)
@known(
    "Zoho CRM docs, Download an Attachment: binary with Content-Disposition; unknown 204, a link DOWNLOAD_NOT_ALLOWED"
)
def download(call: Call) -> Answer:
    parent, file_id = _parent(call), record_id_of(call, "file", 3)
    table = call.state.tables["Attachments"]
    if file_id not in table or table.value(file_id, "Parent_Id") != parent:
        return NOTHING
    if file_id not in call.state.files:
        raise Refusal("DOWNLOAD_NOT_ALLOWED", "The attachment is a link and cannot be downloaded")
    name = table.value(file_id, "File_Name")
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Answer(call.state.files[file_id], headers=disposition, media_type=BINARY)


@route("DELETE", "/crm/v8/{module}/{id}/Attachments/{file}", scopes=DELETE)
@known("Zoho CRM docs, Delete an Attachment: record deleted")
def delete(call: Call) -> Answer:
    _parent(call)
    file_id = record_id_of(call, "file", 3)
    if file_id not in call.state.tables["Attachments"]:
        raise Refusal("INVALID_DATA", "record not deleted", {"resource_path_index": 3})
    call.state.files.pop(file_id, None)
    return Answer({"data": [remove(call, call.state.schema.module("Attachments"), file_id)]})


@route("GET", "/crm/v8/{module}/{id}/photo", scopes=("ZohoCRM.modules.{module}.READ",))
@known("Zoho CRM docs, Download Photo: binary; 204 without one")
def get_photo(call: Call) -> Answer:
    photo = call.state.photos.get(_parent(call))
    if photo is None:
        return NOTHING
    return Answer(photo, headers={"Content-Disposition": 'attachment; filename="photo.png"'}, media_type=BINARY)


@route("POST", "/crm/v8/{module}/{id}/photo", scopes=("ZohoCRM.modules.{module}.UPDATE",))
@known("Zoho CRM docs, Upload Photo")
@guessed("answer of a photo upload: flat, photo uploaded successfully")
def put_photo(call: Call) -> Answer:
    parent, part = _parent(call), file_of(call)
    if not part:
        raise Refusal("INVALID_DATA", "invalid data", {"expected_data_type": "file", "api_name": "file"})
    call.state.photos[parent] = part.content
    return Answer(success("photo uploaded successfully", {}))


@route("DELETE", "/crm/v8/{module}/{id}/photo", scopes=("ZohoCRM.modules.{module}.UPDATE",))
@known("Zoho CRM docs, Delete Photo")
@guessed("answer of a photo deletion: flat, photo deleted")
def delete_photo(call: Call) -> Answer:
    call.state.photos.pop(_parent(call), None)
    return Answer(success("photo deleted", {}))
