"""Tags of the organisation, by name."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.simulator.metadata.ids import named_id
from zohocrm_mcp.simulator.wire import Json


@dataclass(slots=True)
class Tag:
    id: int
    name: str
    module: str
    color_code: str | None
    seconds: int
    user_id: int


class Tags:
    """Tags by module and name; made when first used."""

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, str], Tag] = {}

    def ensure(self, module: str, name: str, color: str | None, seconds: int, user_id: int) -> Tag:
        tag = self.by_key.get((module, name))
        if not tag:
            tag = Tag(named_id("tag", module, name), name, module, color, seconds, user_id)
            self.by_key[module, name] = tag
        return tag

    def of(self, module: str) -> list[Tag]:
        return [tag for tag in self.by_key.values() if tag.module == module]

    def shown(self, tag_id: object) -> Json:
        """A tag as it appears in a record."""
        tag = next((each for each in self.by_key.values() if each.id == tag_id), None)
        return {"name": tag.name, "id": str(tag.id), "color_code": tag.color_code} if tag else {}
