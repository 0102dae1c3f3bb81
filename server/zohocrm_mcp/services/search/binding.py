"""Conditions as given become conditions on fields: names resolved, values checked, lookups found."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import FieldInfo
from zohocrm_mcp.services.conditions.tree import KINDS, Asked, Condition, Leaf, Meant, exchanged
from zohocrm_mcp.services.names import shown
from zohocrm_mcp.services.schema.checks import Wanted, check_value
from zohocrm_mcp.services.schema.lookups import USERS
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.operands import When, checked, meaning

_PART = frozenset({"starts_with", "contains"})


class Binder:
    """Knows the schema; see ``bound``."""

    def __init__(self, schema: SchemaService) -> None:
        self._schema = schema

    async def bound(self, module: str, tree: Asked, now: float) -> Meant:
        """Return what ``tree`` means on ``module`` at the moment ``now``, in seconds since 1970.

        Raises:
            InvalidInputError: an unknown field, an operator or a value that its type does not take.
        """
        return await exchanged(tree, partial(self._leaf, module, now))

    async def _leaf(self, module: str, now: float, leaf: Leaf) -> Meant:
        try:
            return await self._meant(module, now, leaf)
        except InvalidInputError as error:
            if not (
                error.details.get("outdated") and self._schema.refresh((await self._schema.module(module)).api_name)
            ):
                raise
        return await self._meant(module, now, leaf)

    async def _meant(self, module: str, now: float, leaf: Leaf) -> Meant:
        info = await self._schema.field(module, leaf.field)
        leaf = checked(info, leaf)
        if info.type not in {"lookup", "ownerlookup", "userlookup"} or not isinstance(leaf.value, list):
            return meaning(info, leaf, await self._when(info, now))
        if leaf.op in _PART:
            return await self._by_name(module, info, leaf)
        ids = [await self._id(info, value) for value in leaf.value]
        return Condition(info, leaf.op, tuple(ids))

    async def _by_name(self, module: str, info: FieldInfo, leaf: Leaf) -> Condition:
        if not info.lookup_module or info.lookup_module == USERS:
            raise InvalidInputError(
                f"{leaf.op} cannot be used on {shown(info)}.",
                hint="Use equals or in with an id, an e-mail address or an exact name.",
                field=info.api_name,
                code="INVALID_QUERY",
            )
        name = await self._schema.name_field(info.lookup_module)
        behind = await self._schema.field(module, f"{info.api_name}.{name}")
        assert isinstance(leaf.value, list)
        return Condition(behind, leaf.op, tuple(str(value) for value in leaf.value))

    async def _when(self, info: FieldInfo, now: float) -> When:
        """The time zone is asked for only where it matters."""
        zone = await self._schema.me.zone() if KINDS.get(info.value_type) == "time" else UTC
        return When(datetime.fromtimestamp(now, UTC).astimezone(zone))

    async def _id(self, info: FieldInfo, value: JsonValue) -> str:
        found = check_value(info, value, UTC)
        if isinstance(found, Wanted):
            return await self._schema.lookups.resolve(found, info.api_name, active=False)
        assert isinstance(found, dict)
        return str(found["id"])
