"""Custom views of a module: ids, names and criteria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.ids import named_id

Json = dict[str, Any]
CURRENT_USER = "${CURRENTUSER}"


@dataclass(frozen=True, slots=True)
class View:
    """A view; ``criteria`` is None for all records."""

    id: int
    name: str
    system_name: str | None
    criteria: Json | None

    @property
    def category(self) -> str:
        return "public_views" if self.system_name else "created_by_me"


def one(field: str, comparator: str, value: object) -> Json:
    return {"comparator": comparator, "field": {"api_name": field}, "value": value}


def views_of(module: Module) -> list[View]:
    """The views of a module: all records, one's own, and what the organisation has added."""
    upper = module.plural.upper()
    made: list[tuple[str, str | None, Json | None]] = [
        (f"All {module.plural}", "ALLVIEWS", None),
        (f"My {module.plural}", f"MY{upper}", one("Owner", "equal", CURRENT_USER)),
    ]
    if module.api_name == "Accounts":
        parts = [one("Industry", "equal", "Technology"), one("Annual_Revenue", "greater_than", 1_000_000)]
        made += [
            ("Active Accounts", None, one("Account_Status", "equal", "Active")),
            ("Large Technology Accounts", None, {"group_operator": "AND", "group": parts}),
        ]
    return [View(named_id("view", module.api_name, name), name, system, criteria) for name, system, criteria in made]
