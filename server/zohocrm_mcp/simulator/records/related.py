"""Children of a record in a related list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zohocrm_mcp.simulator.metadata.common import RelatedList
from zohocrm_mcp.simulator.store.reference import Reference

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.state import State


def children(state: State, module: str, parent: int, related: RelatedList) -> Iterator[int]:
    """Ids in the related list of a record, ascending."""

    def belongs(value: object) -> bool:
        return value == Reference(module, parent) if isinstance(value, Reference) else value == parent

    found = state.tables[related.module].children_of(parent, related.field, belongs)
    return (each for each in found if belongs(state.tables[related.module].value(each, related.field)))
