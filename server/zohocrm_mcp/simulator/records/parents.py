"""The parent of a note, an attachment or an activity: a record of one of several modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.records.checks import Unfit, identity
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.reference import Reference
from zohocrm_mcp.simulator.wire import Json

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.state import State


@known("Zoho CRM v8 docs, Create Notes: Parent_Id with module and id; v2: se_module beside it")
@guessed("an activity without $se_module is about an account")
def parent_reference(state: State, field: Field, value: Any, record: Json) -> Reference:
    """Where a multi-module lookup points; raises ``Unfit``."""
    module = record.get("$se_module") or record.get("se_module") or field.lookup
    if isinstance(value, dict) and isinstance(value.get("module"), dict):
        module = value["module"].get("api_name")
    elif isinstance(value, dict) and isinstance(value.get("module"), str):
        module = value["module"]
    target = identity(value)
    if module not in state.tables or target not in state.tables[str(module)]:
        raise Unfit("the related id given seems to be invalid")
    return Reference(str(module), target)
