"""/crm/bulk/v8/write: jobs that write an uploaded file."""

from __future__ import annotations

from typing import Any

from zohocrm_mcp.simulator.bulk.files import only_csv
from zohocrm_mcp.simulator.bulk.jobs import Job
from zohocrm_mcp.simulator.bulk.load import Load, Mapping, load
from zohocrm_mcp.simulator.endpoints.bulk_read import job_of
from zohocrm_mcp.simulator.endpoints.people import reference
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.wire import Answer, Call, Json, Refusal

OPERATIONS = ("insert", "update", "upsert")
MOST_ROWS = 25_000
MOST_COLUMNS = 200
UNSUPPORTED_MODULES = frozenset({"Attachments", "Notes", "Events", "Calls"})
UNSUPPORTED_KINDS = frozenset({"profileimage", "formula", "autonumber", "subform"})
AUDIT = frozenset({"Created_By", "Modified_By", "Created_Time", "Modified_Time"})
STATES = {"IN PROGRESS": "INPROGRESS", "FAILURE": "FAILED", "QUEUED": "ADDED"}


@route("POST", "/crm/bulk/v8/write", scopes=("ZohoCRM.bulk.CREATE",), credits=lambda _: 500)
@known("Zoho CRM v8 docs, Create Bulk Write Job: 500 credits, 201, flat")
def create_job(call: Call) -> Answer:
    body = call.json()
    plan = _plan(call, body)
    job = Job(call.state.new_id(), "write", call, body, call.state.clock.now(), _shown, lambda job: load(job, plan))
    job.result = {"load": plan}
    call.state.jobs.add(job)
    details = {"id": str(job.id), "created_by": reference(call.state.users.by_id[call.user_id])}
    return Answer({"status": "success", "code": "SUCCESS", "message": "success", "details": details}, 201)


@guessed("messages of refused bulk writes; more than one resource is INVALID_DATA")
def _plan(call: Call, body: Json) -> Load:
    operation, resources = body.get("operation"), body.get("resource")
    if operation not in OPERATIONS:
        details = {"api_name": "operation", "supported_values": [*OPERATIONS]}
        raise Refusal("INVALID_DATA", "invalid data", details)
    if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], dict):
        raise Refusal("INVALID_DATA", "invalid data", {"api_name": "resource"})
    resource: Json = resources[0]
    module = _module(call, resource)
    file_name, rows = _file(call, resource, str(body.get("character_encoding", "utf-8")))
    mappings, find_by = _mappings(module, resource, rows[0])
    if operation != "insert" and not find_by:
        raise Refusal("MANDATORY_NOT_FOUND", "required field not found", {"api_name": "find_by"})
    if operation != "update":
        _check_mandatory(module, mappings)
    ignore_empty = bool(body.get("ignore_empty") or resource.get("ignore_empty"))
    return Load(module, operation, find_by, mappings, ignore_empty, file_name, rows[0], rows[1:])


@known("Zoho CRM v8 docs, bulk write: no attachments, notes, events, calls; MODULE_NOT_AVAILABLE")
def _module(call: Call, resource: Json) -> Module:
    named = resource.get("module")
    name = named.get("api_name") if isinstance(named, dict) else named
    module = call.state.schema.modules.get(str(name))
    if not module or module.api_name in UNSUPPORTED_MODULES:
        raise Refusal("MODULE_NOT_AVAILABLE", "The module given is not available.", {"api_name": name})
    return module


@known("Zoho CRM v8 docs, bulk write: 25,000 rows, 200 columns; INVALID_FILE_ID, HEADER_LIMIT_EXCEEDED")
def _file(call: Call, resource: Json, encoding: str) -> tuple[str, list[list[str]]]:
    file_id = str(resource.get("file_id", ""))
    content = call.state.files.get(int(file_id)) if file_id.isdecimal() else None
    if content is None:
        raise Refusal("INVALID_FILE_ID", "The file id given is invalid.", {"file_id": file_id})
    name, rows = only_csv(content, "utf-8-sig" if encoding.lower() == "utf-8" else encoding)
    if not rows or len(rows) - 1 > MOST_ROWS:
        raise Refusal("INVALID_FORMAT", "The file has no rows or too many.", {"limit": MOST_ROWS})
    if len(rows[0]) > MOST_COLUMNS:
        raise Refusal("HEADER_LIMIT_EXCEEDED", "The header limit is exceeded.", {"limit": MOST_COLUMNS})
    return name, rows


@known("Zoho CRM v8 docs, bulk write: field_mappings; INVALID_FIELD, COLUMN_INDEX_NOT_FOUND")
@guessed("without field_mappings the header names the fields")
def _mappings(module: Module, resource: Json, header: list[str]) -> tuple[list[Mapping], str | None]:
    given: list[Any] = resource.get("field_mappings") or [
        {"api_name": name, "index": index} for index, name in enumerate(header)
    ]
    find_by, mappings = resource.get("find_by"), []
    for each in given:
        name, index = str(each.get("api_name")), each.get("index")
        field = module.field_named("id" if name in ("id", "Id") else name)
        if not field or field.data_type in UNSUPPORTED_KINDS or name in AUDIT:
            raise Refusal("INVALID_FIELD", "The field given is invalid.", {"api_name": name})
        if index is not None and not (isinstance(index, int) and 0 <= index < len(header)):
            raise Refusal("COLUMN_INDEX_NOT_FOUND", "The column index is not found.", {"index": index})
        find_by = find_by or each.get("find_by")
        default = _default(each)
        mappings.append(Mapping(field.api_name, index, None if default is None else str(default)))
    return mappings, "id" if find_by == "Id" else find_by


def _default(mapping: Json) -> object:
    given = mapping.get("default_value") or {}
    if not isinstance(given, dict):
        raise Refusal("INVALID_DATA", "invalid data", {"api_name": "default_value", "expected_data_type": "jsonobject"})
    return given.get("value")


@known("Zoho CRM v8 docs, bulk write: MANDATORY_FIELDS_NOT_MAPPED")
def _check_mandatory(module: Module, mappings: list[Mapping]) -> None:
    mapped = {mapping.api_name for mapping in mappings}
    missing = [field.api_name for field in module.fields if field.mandatory and field.api_name not in mapped]
    if missing:
        message = "The mandatory fields are not mapped."
        raise Refusal("MANDATORY_FIELDS_NOT_MAPPED", message, {"api_name": missing[0]})


@route("GET", "/crm/bulk/v8/write/{job}", scopes=("ZohoCRM.bulk.READ",))
@known("Zoho CRM v8 docs, Get Bulk Write Job: flat; INPROGRESS without a space")
def get_job(call: Call) -> Answer:
    return Answer(_shown(job_of(call, "write")))


def _shown(job: Job) -> Json:
    state, plan = job.call.state, job.result["load"]
    status = STATES.get(job.state, job.state)
    resource = job.request["resource"][0]
    counts = plan.counts
    file = {
        "status": status,
        "name": plan.file_name,
        "added_count": counts["ADDED"],
        "skipped_count": counts["SKIPPED"],
        "updated_count": counts["UPDATED"],
        "total_count": len(plan.rows),
    }
    shown = {
        "status": status,
        "character_encoding": job.request.get("character_encoding", "UTF-8"),
        "resource": [
            {
                "status": status,
                "type": "data",
                "module": {"api_name": plan.module.api_name, "id": str(org_id(plan.module.suffix))},
                "field_mappings": resource.get("field_mappings", []),
                "file": file,
                "code": "SUCCESS" if status == "COMPLETED" else None,
            }
        ],
        "id": str(job.id),
        "created_by": reference(state.users.by_id[job.call.user_id]),
        "operation": plan.operation,
        "created_time": iso(int(job.created), job.call.zone),
    }
    if status == "COMPLETED":
        shown["result"] = {"download_url": f"/v8/crm/org{state.org.zgid}/bulk-write/{job.id}/{job.id}.zip"}
    return shown
