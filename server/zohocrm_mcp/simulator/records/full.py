"""A whole record: every field, and the ``$`` keys."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.sources import known
from zohocrm_mcp.simulator.store.reference import Reference
from zohocrm_mcp.simulator.store.render import Renderer, layout_reference
from zohocrm_mcp.simulator.wire import Call, Json


@known("live v2: the $ keys of a single Accounts record", 2026)
def system_keys(call: Call, module: Module) -> Json:
    return {
        "$currency_symbol": call.state.org.currency_symbol,
        "$field_states": None,
        "$state": "save",
        "$process_flow": False,
        "$locked_for_me": False,
        "$approved": True,
        "$approval": {"delegate": False, "takeover": False, "approve": False, "reject": False, "resubmit": False},
        "$approval_state": "approved",
        "$editable": True,
        "$zia_owner_assignment": "owner_recommendation_unavailable",
        "$is_duplicate": False,
        "$review_process": {"approve": False, "reject": False, "resubmit": False},
        "$review": None,
        "$orchestration": False,
        "$in_merge": False,
        "$layout_id": layout_reference(module),
        "$pathfinder": False,
        "$zia_visions": None,
    }


def whole(call: Call, module: Module, fields: list[Field] | None = None) -> Renderer:
    """A renderer of all fields of a module, or of some."""
    return Renderer(call.state, module, module.fields if fields is None else fields, call.zone)


@known("Zoho CRM v8 docs: a single record carries $has_more for its subforms")
def full_record(call: Call, module: Module, record_id: int, render: Renderer | None = None) -> Json:
    record = (render or whole(call, module))(record_id) | system_keys(call, module)
    subforms = [field.api_name for field in module.fields if field.data_type == "subform"]
    about = call.state.tables[module.api_name].value(record_id, "What_Id")
    if isinstance(about, Reference):
        record["$se_module"] = about.module
    return {**record, "$has_more": dict.fromkeys(subforms, False)}
