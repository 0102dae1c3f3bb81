"""/crm/bulk/v8/read: jobs that export a module."""

from __future__ import annotations

import json
from typing import Any

from zohocrm_mcp.simulator.bulk.export import read, selection
from zohocrm_mcp.simulator.bulk.jobs import Job
from zohocrm_mcp.simulator.coql.plan import resolve
from zohocrm_mcp.simulator.endpoints.people import reference
from zohocrm_mcp.simulator.limits import too_many
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.oauth.scopes import holds
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.wire import Answer, Call, Json, Refusal

SCOPES = ("ZohoCRM.bulk.READ",)
MOST_PAGES = 50
DOWNLOADS = 10
MINUTE = 60


@route("POST", "/crm/bulk/v8/read", scopes=SCOPES, credits=lambda _: 50)
@known("Zoho CRM v8 docs, Create Bulk Read Job: 50 credits, 201 ADDED_SUCCESSFULLY, 415 without JSON content type")
def create_job(call: Call) -> Answer:
    body = _body(call)
    query = body.get("query")
    if not isinstance(query, dict):
        raise Refusal("INVALID_REQUEST", "The request is invalid.", {"api_name": "query"})
    module, page, after = _module(call, query), query.get("page") or 1, None
    if isinstance(page, bool) or not isinstance(page, int) or page < 1:
        raise Refusal("PAGE_NOT_SUPPORTED", "The page given is not supported.", {"api_name": "page"})
    if query.get("page_token"):
        query, page, after = _continued(call, query)
    if page > MOST_PAGES and after is None:
        raise Refusal("PAGE_RANGE_EXCEEDED", "The page range is exceeded.", {"max_limit": MOST_PAGES})
    _check_fields(call, module, query)
    chosen = selection(call, query, module, page, after)
    stated = {**body, "query": {**query, "page": page}}
    job = Job(
        call.state.new_id(), "read", call, stated, call.state.clock.now(), _callback_body, lambda job: read(job, chosen)
    )
    call.state.jobs.add(job)
    details = {
        "id": str(job.id),
        "operation": "read",
        "state": "ADDED",
        "created_by": reference(call.state.users.by_id[call.user_id]),
        "created_time": iso(int(job.created), call.zone),
    }
    item = {
        "status": "success",
        "code": "ADDED_SUCCESSFULLY",
        "message": "Added successfully.",
        "details": details,
    }
    return Answer({"data": [item], "info": {}}, 201)


def _body(call: Call) -> Json:
    if not call.headers.get("content-type", "").startswith("application/json"):
        raise Refusal("MEDIA_TYPE_NOT_SUPPORTED", "Media type is not supported.", status=415)
    if not call.body.strip():
        raise Refusal("REQUEST_BODY_IS_EMPTY", "The request body is empty.")
    try:
        body: Any = json.loads(call.body)
    except ValueError:
        raise Refusal("REQUEST_BODY_NOT_READABLE", "The request body is not readable.") from None
    if not isinstance(body, dict):
        raise Refusal("REQUEST_BODY_NOT_SUPPORTED", "The request body is not supported.")
    _check_callback(body.get("callback"))
    return body


@known("Zoho CRM v8 specification, bulk read: INVALID_CALLBACK_URL, INVALID_CALLBACK_METHOD")
def _check_callback(callback: Any) -> None:
    if callback is None:
        return
    if not isinstance(callback, dict) or not str(callback.get("url", "")).startswith(("http://", "https://")):
        raise Refusal("INVALID_CALLBACK_URL", "The callback URL is invalid.")
    if str(callback.get("method", "post")).lower() != "post":
        details = {"supported_callback_methods": ["post"]}
        raise Refusal("INVALID_CALLBACK_METHOD", "The callback method is invalid.", details)


@known("Zoho CRM v8 docs, scopes: bulk read needs the READ scope of the module as well; MODULE_NOT_AVAILABLE")
def _module(call: Call, query: Json) -> Module:
    named = query.get("module")
    name = named.get("api_name") if isinstance(named, dict) else named
    module = call.state.schema.modules.get(str(name))
    if not module:
        raise Refusal("MODULE_NOT_AVAILABLE", "The module given is not available.", {"api_name": name})
    if call.token and not holds(call.token.scopes, f"ZohoCRM.modules.{name}.READ"):
        raise Refusal("OAUTH_SCOPE_MISMATCH", "Unauthorized", status=401)
    return module


@guessed("a page token that is unknown, expired or another user's is INVALID_REQUEST")
def _continued(call: Call, query: Json) -> tuple[Json, int, int]:
    place = call.state.bulk_tokens.find(str(query["page_token"]), call.user_id, call.state.clock.now())
    if not place:
        raise Refusal("INVALID_REQUEST", "The page_token given seems to be invalid", {"api_name": "page_token"})
    return place.query, place.page, place.after


@known("Zoho CRM v8 specification, bulk read: FIELD_NOT_SUPPORTED")
def _check_fields(call: Call, module: Module, query: Json) -> None:
    for path in query.get("fields") or ():
        try:
            resolve(call.state.schema, module, "id" if path == "Id" else str(path))
        except Refusal as refusal:
            details = {"api_name": str(path)}
            raise Refusal("FIELD_NOT_SUPPORTED", "The field given is not supported.", details) from refusal


@known("Zoho CRM v8 docs: an unknown job is RESOURCE_NOT_FOUND (404)")
def job_of(call: Call, operation: str) -> Job:
    """The job of the path."""
    text = call.params["job"]
    job = call.state.jobs.by_id.get(int(text)) if text.isdecimal() else None
    if not job or job.operation != operation:
        message = "The requested resource doesn't exist."
        raise Refusal("RESOURCE_NOT_FOUND", message, {"resource": text}, status=404)
    return job


@route("GET", "/crm/bulk/v8/read/{job}", scopes=SCOPES)
@known("Zoho CRM v8 docs, Get Bulk Read Job: result when COMPLETED, IN PROGRESS with a space")
def get_job(call: Call) -> Answer:
    return Answer(_callback_body(job_of(call, "read")))


def _callback_body(job: Job) -> Json:
    state, query = job.call.state, job.request["query"]
    named = query["module"]
    name = named["api_name"] if isinstance(named, dict) else named
    shown = {
        "id": str(job.id),
        "operation": "read",
        "state": job.state,
        "query": {**query, "module": {"api_name": name, "id": str(org_id(state.schema.module(name).suffix))}},
        "created_by": reference(state.users.by_id[job.call.user_id]),
        "created_time": iso(int(job.created), job.call.zone),
        "file_type": "csv",
    }
    if job.state == "COMPLETED":
        shown["result"] = job.result
    if job.error:
        shown["result"] = {"error_message": job.error}
    return {"data": [shown]}


@route("GET", "/crm/bulk/v8/read/{job}/result", scopes=SCOPES)
@known("Zoho CRM v8 docs, Download Bulk Read Result: a zip with one CSV; 10 downloads a minute")
@guessed("a result that is not ready is RESOURCE_NOT_FOUND; results do not expire")
def download(call: Call) -> Answer:
    job, now = job_of(call, "read"), call.state.clock.now()
    if job.state != "COMPLETED" or job.file is None:
        message = "The requested resource doesn't exist."
        raise Refusal("RESOURCE_NOT_FOUND", message, {"resource": call.params["job"]}, status=404)
    downloads = call.state.downloads
    downloads[:] = [each for each in downloads if each > now - MINUTE]
    if len(downloads) >= DOWNLOADS and call.state.settings.enforce_limits:
        raise too_many()
    downloads.append(now)
    return Answer(
        job.file,
        headers={"Content-Disposition": f'attachment; filename="{job.id}.zip"'},
        media_type="application/x-download",
    )
