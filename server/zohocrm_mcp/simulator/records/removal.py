"""Deleting a record."""

from __future__ import annotations

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.store.table import Deleted
from zohocrm_mcp.simulator.wire import Call, Json, success


def remove(call: Call, module: Module, record_id: int) -> Json:
    """Delete a record that exists; the item that says so."""
    table = call.state.tables[module.api_name]
    name, creator = table.value(record_id, module.display_field), table.value(record_id, "Created_By")
    call.state.remember(module.api_name, record_id, existed=True)
    table.delete(
        Deleted(
            record_id,
            str(name) if name else None,
            creator if isinstance(creator, int) else None,
            call.user_id,
            int(call.state.clock.now()),
        )
    )
    return success("record deleted", {"id": str(record_id)})
