"""Stored values as Zoho sends them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.metadata.ids import org_id
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import Reader
from zohocrm_mcp.simulator.store.reference import Reference
from zohocrm_mcp.simulator.store.times import iso

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.state import State
    from zohocrm_mcp.simulator.wire import Json

Format = Callable[[object], object]


@known("Zoho CRM v8 docs, Get Records: ids as strings, empty as null, lookups as name and id")
@guessed("an empty multi-select and an empty Tag are [], an unset boolean is false")
class Renderer:
    """Renders records of one module in one user's time zone, with the fields asked for."""

    def __init__(self, state: State, module: Module, fields: Sequence[Field], offset: str) -> None:
        self._state, self._offset = state, offset
        table = state.tables[module.api_name]
        self._parts: list[tuple[str, Reader, Format | None]] = [
            (field.api_name, table.reader(field.api_name), self.format_of(module, field)) for field in fields
        ]

    def __call__(self, record_id: int) -> Json:
        record = {name: form(read(record_id)) if form else read(record_id) for name, read, form in self._parts}
        record["id"] = str(record_id)
        return record

    def format_of(self, module: Module, field: Field) -> Format | None:
        """How values of the field look; None when they go out as they are."""
        if field.data_type == "lookup":
            return self._lookup(field)
        if field.api_name == "Tag":
            return self._tags
        if field.data_type == "subform":
            return lambda rows: [self._row(module, field, row) for row in rows] if isinstance(rows, list) else []
        if field.data_type == "layout":
            return lambda _: layout_reference(module)
        simple: dict[str, Format] = {
            "ownerlookup": self.user,
            "userlookup": self.user,
            "datetime": self.time,
            "bigint": lambda value: None if value is None else str(value),
            "boolean": bool,
            "multiselectpicklist": lambda value: value or [],
        }
        return simple.get(field.data_type)

    def time(self, value: object) -> str | None:
        return iso(value, self._offset) if isinstance(value, int) else None

    @known("live v2: owners and editors carry name, id and email", 2026)
    def user(self, value: object) -> Json | None:
        found = self._state.users.by_id.get(value) if isinstance(value, int) else None
        return {"name": found.name, "id": str(found.id), "email": found.email} if found else None

    @guessed("a lookup of a deleted record is empty")
    def _lookup(self, field: Field) -> Format:
        target = self._state.schema.modules[field.lookup or ""]
        table = self._state.tables[target.api_name]
        name = table.reader(target.display_field)

        def look(value: object) -> object:
            if isinstance(value, Reference):
                return self._reference(field, value)
            return {"name": name(value), "id": str(value)} if isinstance(value, int) and value in table else None

        return look

    def _reference(self, field: Field, value: Reference) -> Json | None:
        if value.id not in self._state.tables[value.module]:
            return None
        target = self._state.schema.modules[value.module]
        name = self._state.tables[value.module].value(value.id, target.display_field)
        shown = {"name": name, "id": str(value.id)}
        if field.api_name == "Parent_Id":
            return {"module": {"api_name": value.module, "id": str(org_id(target.suffix))}, **shown}
        return shown

    def _row(self, module: Module, field: Field, row: dict[str, object]) -> Json:
        shown: Json = {"id": str(row["id"])}
        for column in field.columns:
            form = self.format_of(module, column)
            shown[column.api_name] = form(row.get(column.api_name)) if form else row.get(column.api_name)
        return shown

    def _tags(self, value: object) -> list[Json]:
        return [self._state.tags.shown(tag) for tag in value] if isinstance(value, list | tuple) else []


def layout_reference(module: Module) -> Json:
    return {"name": "Standard", "id": str(org_id(module.layout_suffix)), "display_label": "Standard"}
