"""The interfaces of Zoho that could answer what is wanted, in the order in which they fit its number of records."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from typing import TypeAlias

from zohocrm_mcp.errors import NotAllowedError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.conditions.coql import MOST_RECORDS
from zohocrm_mcp.services.exports.bulk_criteria import bulk_criteria
from zohocrm_mcp.services.exports.bulk_read import BulkReader, GoOn
from zohocrm_mcp.services.exports.columns import USERS, Table
from zohocrm_mcp.services.exports.wanted import Wanted
from zohocrm_mcp.services.records.cursors import State
from zohocrm_mcp.services.records.pages import MOST_RECORDS as LIST_PAGE
from zohocrm_mcp.services.records.pages import Fetch
from zohocrm_mcp.services.records.sources import CoqlSource, ListSource, SearchSource, Shape
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.services.schema.catalogue import rows_of
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.service import EVERYTHING
from zohocrm_mcp.zoho.api import CrmApi

Way: TypeAlias = AsyncGenerator[list[Record], None]
"""Batches of records; nothing is asked before the first is wanted."""


class Ways:
    def __init__(self, api: CrmApi, bulk: BulkReader, schema: SchemaService) -> None:
        self._api, self._bulk, self._schema = api, bulk, schema

    async def to(self, wanted: Wanted, go_on: GoOn, *, many: bool) -> AsyncIterator[Way]:
        """Yield the ways: by pages first, or with ``many`` records Bulk Read first."""
        if many:
            async for way in self._bulk_ways(wanted, go_on):
                yield way
        yield _walked(self._fetch(wanted), LIST_PAGE if wanted.plan.via == "search" else MOST_RECORDS)
        if wanted.plan.alternative:
            yield _walked(self._fetch(replace(wanted, plan=wanted.plan.alternative)), LIST_PAGE)
        if wanted.plan is EVERYTHING:
            listed = ListSource(self._api, wanted.module, wanted.columns, self._shown(wanted.module), "id", "asc")
            yield _walked(listed, LIST_PAGE)
        if not many:
            async for way in self._bulk_ways(wanted, go_on):
                yield way

    async def _bulk_ways(self, wanted: Wanted, go_on: GoOn) -> AsyncIterator[Way]:
        """Bulk Read with the names that lookups show, and, where that is too many joins for Zoho, with ids alone."""
        criteria = bulk_criteria(wanted.plan.tree) if wanted.plan.tree else None
        if criteria is None and wanted.plan is not EVERYTHING:
            return
        query: Record = {"module": {"api_name": wanted.module}, **({"criteria": criteria} if criteria else {})}
        table = Table(tuple(wanted.columns), wanted.known, await self._users(wanted), await self._joined(wanted))
        yield self._bulk.batches(query, table, go_on)
        if table.joined:
            yield self._bulk.batches(query, replace(table, joined={}), go_on)

    async def _joined(self, wanted: Wanted) -> dict[str, str]:
        fields = wanted.known.values() if wanted.names else ()
        lookups = [info for info in fields if info.type == "lookup" and info.lookup_module]
        return {
            info.api_name: f"{info.api_name}.{await self._schema.name_field(str(info.lookup_module))}"
            for info in lookups
            if "." not in info.api_name
        }

    async def _users(self, wanted: Wanted) -> dict[str, str]:
        if not any(info.type in USERS for info in wanted.known.values()):
            return {}
        names: dict[str, str] = {}
        try:
            for page in range(1, 51):
                answer = await self._api.users(page=page, per_page=LIST_PAGE)
                names |= {str(user["id"]): str(user.get("full_name")) for user in rows_of(answer, "users")}
                if not answer.info.get("more_records"):
                    break
        except NotAllowedError:
            return {}
        return names

    def _fetch(self, wanted: Wanted) -> Fetch:
        plan, shape = wanted.plan, self._shape(wanted)
        if plan.via == "coql":
            return CoqlSource(self._api, wanted.module, wanted.columns, plan.text, shape)
        return SearchSource(self._api, wanted.module, wanted.columns, {plan.parameter: plan.text}, shape)

    def _shown(self, module: str) -> Callable[[Record], Record]:
        return lambda row: self._schema.visible(module, clean(row))

    def _shape(self, wanted: Wanted) -> Shape:
        shown = self._shown(wanted.module)

        def shape(row: Record) -> Record | None:
            record = shown(row)
            return record if wanted.plan.holds(record) else None

        return shape


async def _walked(fetch: Fetch, size: int) -> Way:
    state: State = {}
    more = True
    while more:
        batch = await fetch(state, size)
        yield list(batch.records)
        state, more = batch.after(len(batch.records)), batch.more
