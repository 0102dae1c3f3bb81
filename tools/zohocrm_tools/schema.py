"""What there is: modules and their fields."""

from __future__ import annotations

from zohocrm_mcp.models import Modules, ModuleSchema
from zohocrm_mcp.toolkit import READ, Crm, FieldNames, ModuleName, tool


@tool("List modules", READ)
async def list_modules(crm: Crm) -> Modules:
    """List the modules of this organisation, custom ones included, with their API names and what may be done."""
    return Modules(modules=await crm.schema.modules())


@tool("Describe a module", READ)
async def describe_module(crm: Crm, module: ModuleName, fields: FieldNames = ()) -> ModuleSchema:
    """Describe a module's fields: API name, label, type, required, read-only, length, pick list values, lookups.

    Call it before writing or filtering when a field's name or values are not certain; name fields to keep it short.
    """
    return await crm.schema.describe(module, fields)
