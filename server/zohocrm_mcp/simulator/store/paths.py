"""Fields of looked-up records: ``Account_Name.Phone``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.store.conditions import Reader
from zohocrm_mcp.simulator.store.reference import Reference

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.state import State

USER_FIELDS = ("id", "first_name", "last_name", "name", "full_name", "email")


def follow(state: State, module: Module, names: list[str]) -> Reader:
    """A reader of a field, through as many lookups as the path has dots."""
    name, _, only = names[0].partition("->")
    here = state.tables[module.api_name].reader(name)
    if len(names) == 1:
        return here
    field = module.field_named(name)
    if field and field.data_type in ("ownerlookup", "userlookup"):
        return lambda record_id: _of_user(state, here(record_id), names[1])
    target = state.schema.modules[only or (field.lookup if field else None) or module.api_name]
    beyond = follow(state, target, names[1:])

    def read(record_id: int) -> object:
        value = here(record_id)
        if isinstance(value, Reference) and only and value.module != only:
            return None
        target_id = value.id if isinstance(value, Reference) else value
        return beyond(target_id) if isinstance(target_id, int) else None

    return read


def _of_user(state: State, user_id: object, name: str) -> object:
    user = state.users.by_id.get(user_id) if isinstance(user_id, int) else None
    return getattr(user, "name" if name == "full_name" else name, None) if user else None
