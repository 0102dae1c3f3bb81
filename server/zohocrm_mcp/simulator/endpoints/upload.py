"""The content server: files for bulk write, and its result files."""

from __future__ import annotations

import zipfile
from io import BytesIO

from zohocrm_mcp.simulator.bulk.files import invalid_format
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.uploads import file_of
from zohocrm_mcp.simulator.wire import Answer, Call, Refusal

MOST_BYTES = 25 * 1024 * 1024


@route("POST", "/crm/v8/upload", scopes=("ZohoFiles.files.CREATE",))
@known("Zoho CRM v8 docs, bulk write upload: headers feature and X-CRM-ORG, zip of at most 25 MB, FILE_UPLOAD_SUCCESS")
def upload(call: Call) -> Answer:
    _check_headers(call)
    part = file_of(call)
    if not part or not part.content:
        raise Refusal("MANDATORY_NOT_FOUND", "Required key file is not available")
    if len(part.content) > MOST_BYTES:
        raise Refusal("INVALID_DATA", "Import file size should be less than 25 mb.")
    if not zipfile.is_zipfile(BytesIO(part.content)):
        raise invalid_format()
    file_id = call.state.new_id()
    call.state.files[file_id] = part.content
    details = {"file_id": str(file_id), "created_time": iso(int(call.state.clock.now()), call.zone)}
    return Answer({"status": "success", "code": "FILE_UPLOAD_SUCCESS", "message": "file uploaded.", "details": details})


@known("Zoho CRM v8 specification: NOT_SUPPORTED_FEATURE, MANDATORY_NOT_FOUND, INVALID_DATA for a wrong organisation")
def _check_headers(call: Call) -> None:
    if not call.headers.get("feature"):
        raise Refusal("MANDATORY_NOT_FOUND", "Required key feature is not available")
    if call.headers["feature"] != "bulk-write":
        raise Refusal("NOT_SUPPORTED_FEATURE", "The feature given is not supported")
    if call.headers.get("x-crm-org") != call.state.org.zgid:
        raise Refusal("INVALID_DATA", "Invalid data - x-crm-org")


@route("GET", "/v8/crm/{org}/bulk-write/{job}/{name}", scopes=("ZohoCRM.bulk.READ",))
@known("Zoho CRM v8 docs, bulk write: download_url on the content host")
@guessed("an unknown result file is RESOURCE_NOT_FOUND")
def download(call: Call) -> Answer:
    job = call.state.jobs.by_id.get(int(call.params["job"])) if call.params["job"].isdecimal() else None
    if not job or job.file is None or job.state != "COMPLETED" or call.params["org"] != f"org{call.state.org.zgid}":
        message = "The requested resource doesn't exist."
        raise Refusal("RESOURCE_NOT_FOUND", message, {"resource": call.params["job"]}, status=404)
    disposition = {"Content-Disposition": f'attachment; filename="{call.params["name"]}"'}
    return Answer(job.file, headers=disposition, media_type="application/x-download")
