"""The schema of one organisation: all modules, changeable while the simulator runs."""

from __future__ import annotations

from collections.abc import Iterator

from zohocrm_mcp.simulator.metadata import activities, people, sales
from zohocrm_mcp.simulator.metadata.accounts import accounts
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field, lookup, make, system
from zohocrm_mcp.simulator.metadata.ids import named_id, org_id
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Refusal

MULTI_MODULE = frozenset({"What_Id", "Parent_Id"})


class Schema:
    """Modules by API name, in the order of the menu."""

    def __init__(self) -> None:
        makers = (people.leads, people.contacts, accounts, sales.deals, activities.tasks, activities.events)
        more = (activities.calls, sales.products, sales.projects, activities.notes, activities.attachments)
        self.modules = {module.api_name: module for module in (make_module() for make_module in (*makers, *more))}
        for module in self.modules.values():
            for field in module.fields:
                self._adopt(module, field)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules.values())

    @known("Zoho CRM v8 docs: module names are case sensitive; INVALID_MODULE")
    def module(self, api_name: str, details: dict[str, object] | None = None) -> Module:
        """The module of that API name; refuses others, with ``details`` naming where it was given."""
        found = self.modules.get(api_name)
        if not found:
            where = {"resource_path_index": 0} if details is None else details
            raise Refusal("INVALID_MODULE", "the module name given seems to be invalid", where)
        return found

    @known("live: a subform is a module of generated_type subform, whose fields can be asked for", 2026)
    @guessed("a subform module is api_supported; its id, its label and its Parent_Id")
    def described(self, api_name: str) -> Module:
        """A module or the module behind a subform, by API name."""
        subforms = {module.api_name: module for module in self.subforms()}
        return subforms.get(api_name) or self.module(api_name, {"param_name": "module"})

    def subforms(self) -> list[Module]:
        """The modules behind subform fields."""
        return [_subform(module, field) for module in self for field in module.fields if field.data_type == "subform"]

    def by_id(self, module_id: str) -> Module | None:
        return next((module for module in self if str(org_id(module.suffix)) == module_id), None)

    def add_field(self, module_name: str, api_name: str, data_type: str, label: str = "", **more: object) -> Field:
        """A new custom field, as an administrator would add it."""
        module, field = self.module(module_name), make(data_type, api_name, label, custom=True, **more)
        self._adopt(module, field)
        module.fields.append(field)
        return field

    def remove_field(self, module_name: str, api_name: str) -> None:
        module = self.module(module_name)
        module.fields[:] = [field for field in module.fields if field.api_name != api_name]

    def _adopt(self, module: Module, field: Field) -> None:
        field.id = named_id(module.api_name, field.api_name)
        for column in field.columns:
            column.id = named_id(module.api_name, field.api_name, column.api_name)


def _subform(module: Module, field: Field) -> Module:
    suffix = named_id("subform", module.api_name, field.api_name) - org_id(0)
    parent = lookup("Parent_Id", module.api_name, f"Parent {module.singular}", custom=True)
    parent.id = named_id(field.api_name, parent.api_name)
    identity = system("bigint", "id", "Record Id", hidden_in_layout=True)
    identity.id = named_id(field.api_name, identity.api_name)
    fields = [*field.columns, parent, identity]
    return Module(
        field.api_name, field.label, field.label, suffix, field.api_name, "id", fields, generated_type="subform"
    )
