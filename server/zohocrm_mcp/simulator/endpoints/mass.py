"""Mass update and mass delete: by ids at once, by custom view as a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.mass import MassJob, check_update, chosen_ids, ids_of_view
from zohocrm_mcp.simulator.records.outcome import RecordRefusal, answer_for
from zohocrm_mcp.simulator.records.removal import remove
from zohocrm_mcp.simulator.records.write import Writer
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Answer, Call, Json, Refusal, failure, success

UPDATE = ("ZohoCRM.mass_update.{module}.UPDATE",)
UPDATE_READ = ("ZohoCRM.mass_update.{module}.READ",)
DELETE = ("ZohoCRM.mass_delete.{module}.DELETE",)
DELETE_READ = ("ZohoCRM.mass_delete.{module}.READ",)


@route("POST", "/crm/v8/{module}/actions/mass_update", scopes=UPDATE)
@known("Zoho CRM docs, Mass Update: one field; ids at once, cvid as a job")
def mass_update(call: Call) -> Answer:
    module, body = call.state.schema.module(call.params["module"]), call.json()
    values = check_update(call, module, body)
    writer = Writer(call, module)
    if body.get("cvid"):
        return _scheduled(call, module, "mass update", lambda record_id: writer.update(0, record_id, values))
    return _each(call, module, chosen_ids(body), "record updated", lambda record: writer.update(0, record, values))


@route("POST", "/crm/v8/{module}/actions/mass_delete", scopes=DELETE)
@known("Zoho CRM docs, Mass Delete: ids at once, cvid as a job")
def mass_delete(call: Call) -> Answer:
    module, body = call.state.schema.module(call.params["module"]), call.json()
    if body.get("cvid"):
        return _scheduled(call, module, "mass delete", lambda record_id: remove(call, module, record_id))
    return _each(
        call, module, chosen_ids(body), "record is deleted", lambda record: remove(call, module, record)["details"]
    )


def _each(call: Call, module: Module, ids: list[Any], message: str, act: Callable[[int], Json]) -> Answer:
    table, items = call.state.tables[module.api_name], []
    for text in ids:
        if not str(text).isdecimal() or int(text) not in table:
            items.append(failure("INVALID_DATA", "the id given seems to be invalid", {"id": str(text)}))
            continue
        try:
            items.append(success(message, {**act(int(text)), "id": str(text)}))
        except RecordRefusal as refusal:
            items.append(refusal.item)
    return answer_for(call, items, 200)


@known("Zoho CRM docs, Mass Update: ALREADY_SCHEDULED (202), NO_RECORDS_FOUND")
def _scheduled(call: Call, module: Module, what: str, act: Callable[[int], object]) -> Answer:
    cvid, jobs = str(call.json()["cvid"]), call.state.mass_jobs
    if any(job.runs(call.state.clock.now()) and (job.what, job.cvid) == (what, cvid) for job in jobs.values()):
        return Answer({"data": [failure("ALREADY_SCHEDULED", f"{what} already scheduled", {})]}, 202)
    ids = ids_of_view(call, module, cvid)
    if not ids:
        raise Refusal("NO_RECORDS_FOUND", "no records found", wrapped=True)
    job = MassJob(
        call.state.new_id(), what, cvid, len(ids), call.state.clock.now(), call.state.settings.bulk_job_seconds
    )
    jobs[job.id] = job
    for record_id in ids:
        try:
            act(record_id)
            job.good += 1
        except RecordRefusal:
            job.bad += 1
    return Answer({"data": [success(f"{what} scheduled successfully", {"job_id": str(job.id)})]})


def _status(call: Call, what: str, done: str, extra: Json) -> Answer:
    text = call.query.get("job_id", "")
    if not text:
        raise Refusal("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "job_id"})
    job = call.state.mass_jobs.get(int(text)) if text.isdecimal() else None
    if not job or job.what != what:
        raise Refusal("INVALID_DATA", "the id given seems to be invalid", {"param_name": "job_id"})
    status, finished = job.status(call.state.clock.now())
    counts = {"Total_Count": job.total, "Failed_Count": job.bad if finished else 0, done: job.good if finished else 0}
    return Answer({"data": [{"Status": status, **counts, **extra}]})


@route("GET", "/crm/v8/{module}/actions/mass_update", scopes=UPDATE_READ)
@known("Zoho CRM docs, Mass Update status: SCHEDULED, RUNNING, COMPLETED, FAILED with counts")
@guessed("records change when the job is made; only its status takes time")
def mass_update_status(call: Call) -> Answer:
    return _status(call, "mass update", "Updated_Count", {"Not_Updated_Count": 0})


@route("GET", "/crm/v8/{module}/actions/mass_delete", scopes=DELETE_READ)
@known("Zoho CRM docs, Mass Delete status")
def mass_delete_status(call: Call) -> Answer:
    return _status(call, "mass delete", "Deleted_Count", {})
