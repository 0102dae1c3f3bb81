"""POST /crm/v8/coql."""

from __future__ import annotations

import re

from zohocrm_mcp.simulator.coql.parser import parse
from zohocrm_mcp.simulator.coql.plan import check, exceeded, paths, resolve
from zohocrm_mcp.simulator.coql.run import Run
from zohocrm_mcp.simulator.coql.tree import Query
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.describe import field_json
from zohocrm_mcp.simulator.oauth.scopes import holds
from zohocrm_mcp.simulator.routes import route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import NOTHING, Answer, Call, Json, Refusal

FURTHEST = 100_000
LIMIT = re.compile(r"limit\s+(?:\d+\s*,\s*)?(\d+)", re.IGNORECASE)


@known("Zoho CRM v8 docs, COQL: 1 credit up to 200 rows, 2 up to 1,000, 3 up to 2,000")
def coql_credits(call: Call) -> int:
    found = LIMIT.findall(call.body.decode("utf-8", "replace"))
    limit = int(found[-1]) if found else 200
    return 1 if limit <= 200 else 2 if limit <= 1000 else 3  # noqa: PLR2004


@route("POST", "/crm/v8/coql", scopes=("ZohoCRM.coql.READ",), credits=coql_credits, heavy=lambda _: True)
@known("Zoho CRM v8 docs, COQL: 204 when nothing is found; limit and offset reach 100,000 records")
@guessed("past 100,000 records: LIMIT_EXCEEDED by offset")
def run_coql(call: Call) -> Answer:
    body = call.json()
    text = body.get("select_query")
    if not isinstance(text, str) or not text.strip():
        raise Refusal("MANDATORY_NOT_FOUND", "mandatory key not found", {"api_name": "select_query"})
    query = parse(text)
    module = call.state.schema.modules.get(query.module)
    if not module:
        raise Refusal("INVALID_MODULE", "the given module is not supported in api")
    meta = _meta_wanted(body)
    _check_scopes(call, check(call.state.schema, module, query), meta=meta)
    if query.offset + query.limit > FURTHEST:
        raise exceeded("offset", FURTHEST)
    rows, more = Run(call, module, query).rows()
    if not rows:
        return NOTHING
    answer: Json = {"data": rows, "info": {"count": len(rows), "more_records": more}}
    return Answer({**answer, "fields": _meta(call, module, query)} if meta else answer)


@known("Zoho CRM v8 docs, scopes: COQL needs the READ scope of every module touched; include_meta settings.fields.READ")
def _check_scopes(call: Call, modules: set[str], *, meta: bool) -> None:
    granted = call.token.scopes if call.token else ()
    needed = [f"ZohoCRM.modules.{name}.READ" for name in modules]
    if meta:
        needed.append("ZohoCRM.settings.fields.READ")
    if not all(holds(granted, scope) for scope in needed):
        raise Refusal("OAUTH_SCOPE_MISMATCH", "Unauthorized", status=401)


@known("published example: include_meta takes fields only")
def _meta_wanted(body: Json) -> bool:
    wanted = body.get("include_meta")
    if wanted is None:
        return False
    if wanted != ["fields"]:
        details = {"api_name": "include_meta", "json_path": "$.include_meta", "supported_values": ["fields"]}
        raise Refusal("INVALID_DATA", "invalid data", details)
    return True


def _meta(call: Call, module: Module, query: Query) -> Json:
    schema = call.state.schema
    found = {path: resolve(schema, module, path) for path in paths(query)}
    return {path: field_json(schema, each.module, each.field) for path, each in found.items()}
