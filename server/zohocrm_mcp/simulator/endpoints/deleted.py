"""The feed of deleted records."""

from __future__ import annotations

from zohocrm_mcp.simulator.endpoints.people import reference
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store import times
from zohocrm_mcp.simulator.store.table import Deleted
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Json, Refusal

DAY_SECONDS = 86_400
RECYCLED_DAYS = 60
REMEMBERED_DAYS = 120


@route("GET", "/crm/v8/{module}/deleted", scopes=("ZohoCRM.modules.{module}.READ",))
@known("Zoho CRM v8 docs, Get Deleted Records: recycle bin 60 days, permanently deleted ids 120 days; 204")
@guessed("newest first; a record that left the recycle bin is permanent; 304 is not used")
def list_deleted(call: Call) -> Answer:
    module = call.state.schema.module(call.params["module"])
    kind = call.query.get("type", "all")
    if kind not in ("all", "recycle", "permanent"):
        supported = ["all", "recycle", "permanent"]
        raise Refusal("INVALID_DATA", "invalid data", {"param_name": "type", "supported_values": supported})
    since = times.parse(call.headers.get("if-modified-since", "")) or 0
    gone = [
        each
        for each in reversed(call.state.tables[module.api_name].gone.values())
        if each.seconds > since and _kind(call, each) in ((kind,) if kind != "all" else ("recycle", "permanent"))
    ]
    page, per_page = call.number("page", 1, 1, 10**9), call.number("per_page", 200, 1, 200)
    shown = gone[(page - 1) * per_page : page * per_page]
    if not shown:
        return NOTHING
    info = {"per_page": per_page, "count": len(shown), "page": page, "more_records": len(gone) > page * per_page}
    return Answer({"data": [_item(call, each) for each in shown], "info": info})


def _kind(call: Call, deleted: Deleted) -> str:
    days = (call.state.clock.now() - deleted.seconds) / DAY_SECONDS
    if days <= RECYCLED_DAYS:
        return "recycle"
    return "permanent" if days <= REMEMBERED_DAYS else "forgotten"


def _item(call: Call, deleted: Deleted) -> Json:
    users = call.state.users.by_id
    return {
        "deleted_by": reference(users[deleted.deleted_by]) if deleted.deleted_by else None,
        "id": str(deleted.id),
        "display_name": deleted.name,
        "type": _kind(call, deleted),
        "created_by": reference(users[deleted.created_by]) if deleted.created_by else None,
        "deleted_time": times.iso(deleted.seconds, call.zone),
    }
