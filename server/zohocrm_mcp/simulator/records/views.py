"""The records that a custom view shows."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.views import CURRENT_USER, View, views_of
from zohocrm_mcp.simulator.records.filters import condition_of
from zohocrm_mcp.simulator.sources import known
from zohocrm_mcp.simulator.store.conditions import Condition
from zohocrm_mcp.simulator.wire import Call, Refusal


@known("Zoho CRM v8 docs: a wrong cvid is INVALID_DATA with param_name")
def view_named(module: Module, cvid: str) -> View:
    found = next((view for view in views_of(module) if str(view.id) == cvid), None)
    if not found:
        raise Refusal("INVALID_DATA", "the cvid given seems to be invalid", {"param_name": "cvid"})
    return found


def condition_of_view(call: Call, module: Module, cvid: str) -> Condition | None:
    """The condition of a view; None for the view of all records."""
    criteria = view_named(module, cvid).criteria
    if criteria is None:
        return None
    if criteria.get("value") == CURRENT_USER:
        criteria = {**criteria, "value": str(call.user_id)}
    return condition_of(call, module, criteria)
