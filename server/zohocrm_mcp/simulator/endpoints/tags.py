"""Tags: of a module, and on records."""

from __future__ import annotations

from zohocrm_mcp.simulator.endpoints.people import reference
from zohocrm_mcp.simulator.endpoints.records_read import record_id_of
from zohocrm_mcp.simulator.endpoints.settings_modules import module_param
from zohocrm_mcp.simulator.records.outcome import answer_for
from zohocrm_mcp.simulator.records.write import Writer
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.tags import Tag
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Json, Refusal, failure, success

UPDATE = ("ZohoCRM.modules.{module}.UPDATE",)
MOST_RECORDS = 500


def tag_credits(call: Call) -> int:
    """1 credit per 50 records."""
    return -(-len(call.query.get("ids", "").split(",")) // 50)


@route("GET", "/crm/v8/settings/tags", scopes=("ZohoCRM.settings.tags.READ",))
@known("Zoho CRM docs, Get Tags")
def list_tags(call: Call) -> Answer:
    tags = call.state.tags.of(module_param(call).api_name)
    info = {"count": len(tags), "allowed_count": 100}
    return Answer({"tags": [_shown(call, tag) for tag in tags], "info": info}) if tags else NOTHING


@route("POST", "/crm/v8/settings/tags", scopes=("ZohoCRM.settings.tags.CREATE",))
@known("Zoho CRM docs, Create Tags")
def create_tags(call: Call) -> Answer:
    module, items = module_param(call).api_name, []
    for given in _given(call):
        if (module, given["name"]) in call.state.tags.by_key:
            items.append(failure("DUPLICATE_DATA", "duplicate data", {"api_name": "name"}))
            continue
        items.append(success("tag created successfully", _shown(call, _ensure(call, module, given))))
    answer = answer_for(call, items, 201)
    return Answer({"tags": items}, answer.status)


def _given(call: Call) -> list[Json]:
    tags = call.json().get("tags")
    if not isinstance(tags, list) or not all(isinstance(tag, dict) and tag.get("name") for tag in tags):
        raise Refusal("MANDATORY_NOT_FOUND", "required field not found", {"api_name": "tags", "json_path": "$.tags"})
    return tags


def _ensure(call: Call, module: str, given: Json) -> Tag:
    now = int(call.state.clock.now())
    return call.state.tags.ensure(module, str(given["name"]), given.get("color_code"), now, call.user_id)


def _shown(call: Call, tag: Tag) -> Json:
    who, when = reference(call.state.users.by_id[tag.user_id]), iso(tag.seconds, call.zone)
    return {
        "id": str(tag.id),
        "name": tag.name,
        "color_code": tag.color_code,
        "created_by": who,
        "modified_by": who,
        "created_time": when,
        "modified_time": when,
    }


@known("Zoho CRM docs, Add Tags: tags updated successfully, with the tags the record has now")
@guessed("an unknown record is INVALID_DATA with its id")
def _change(call: Call, record_id: int, *, add: bool) -> Json:
    name = call.params["module"]
    module = call.state.schema.module(name)
    if record_id not in call.state.tables[name]:
        return failure("INVALID_DATA", "the id given seems to be invalid", {"id": str(record_id)})
    old = call.state.tables[name].value(record_id, "Tag")
    replaced = add and call.json().get("over_write") is True
    kept: list[int] = [*old] if isinstance(old, list) and not replaced else []
    chosen = [_ensure(call, name, given).id for given in _given(call)]
    tags = [*kept, *(tag for tag in chosen if tag not in kept)] if add else [tag for tag in kept if tag not in chosen]
    Writer(call, module).store(record_id, {"Tag": tags})
    shown = [call.state.tags.shown(tag) for tag in tags]
    return success("tags updated successfully", {"id": str(record_id), "tags": shown})


def _one(call: Call, *, add: bool) -> Answer:
    return answer_for(call, [_change(call, record_id_of(call), add=add)], 200)


@known("Zoho CRM docs, Add Tags to Multiple Records: ids in the body or the query; counts as texts")
def _many(call: Call, *, add: bool) -> Answer:
    given = call.json().get("ids") or [text for text in call.query.get("ids", "").split(",") if text]
    if not isinstance(given, list) or not given:
        raise Refusal("MANDATORY_NOT_FOUND", "required field not found", {"api_name": "ids", "json_path": "$.ids"})
    if len(given) > MOST_RECORDS:
        raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"limit": MOST_RECORDS, "api_name": "ids"})
    items = [_change(call, int(text) if str(text).isdecimal() else 0, add=add) for text in given]
    answer = answer_for(call, items, 200)
    good = sum(item["status"] == "success" for item in items)
    return Answer({"data": items, "locked_count": "0", "success_count": str(good)}, answer.status)


@route("POST", "/crm/v8/{module}/{id}/actions/add_tags", scopes=UPDATE)
@known("Zoho CRM docs, Add Tags")
def add_tags(call: Call) -> Answer:
    return _one(call, add=True)


@route("POST", "/crm/v8/{module}/{id}/actions/remove_tags", scopes=UPDATE)
@known("Zoho CRM docs, Remove Tags")
def remove_tags(call: Call) -> Answer:
    return _one(call, add=False)


@route("POST", "/crm/v8/{module}/actions/add_tags", scopes=UPDATE, credits=tag_credits)
@known("live: a JSON body is required even when all is in the query", 2026)
def add_tags_to_many(call: Call) -> Answer:
    return _many(call, add=True)


@route("POST", "/crm/v8/{module}/actions/remove_tags", scopes=UPDATE, credits=tag_credits)
@known("Zoho CRM docs, Remove Tags")
def remove_tags_from_many(call: Call) -> Answer:
    return _many(call, add=False)
