"""The schema, search and query services over a running simulator, and small metadata for those that need none."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import JsonValue

from support.gateway import connected
from zohocrm_mcp.models import FieldInfo, Record
from zohocrm_mcp.services.coql.service import QueryService
from zohocrm_mcp.services.records.cursors import Cursors
from zohocrm_mcp.services.records.pages import BUDGET, Pager
from zohocrm_mcp.services.schema.metadata import Metadata
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.service import SearchService
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi

KEY = b"k" * 32
EVERYTHING = "id is not null"


@dataclass
class Parts:
    api: CrmApi
    schema: SchemaService
    search: SearchService
    query: QueryService
    pager: Pager


@asynccontextmanager
async def services(
    simulator: Simulator,
    *,
    fields_deny: Sequence[str] = (),
    budget: int = BUDGET,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Parts]:
    async with connected(simulator) as api:
        schema = SchemaService(api, fields_deny=fields_deny)
        pager = Pager(Cursors([KEY], "main", clock=clock), budget=budget)
        yield Parts(api, schema, SearchService(api, schema, pager), QueryService(api, schema, pager), pager)


def field(api_name: str, kind: str = "text", **more: object) -> FieldInfo:
    """A field whose label is its API name in words."""
    return FieldInfo.model_validate({"api_name": api_name, "label": api_name.replace("_", " "), "type": kind, **more})


def metadata(*fields: FieldInfo, module: str = "Accounts") -> Metadata:
    return Metadata(module, {one.api_name: one for one in fields})


def filters(*conditions: tuple[str, str, JsonValue]) -> list[dict[str, JsonValue]]:
    return [{"field": field, "op": op, "value": value} for field, op, value in conditions]


async def whole(parts: Parts, **given: object) -> list[Record]:
    """All records of a search, page by page."""
    records: list[Record] = []
    cursor = ""
    while True:
        page = await parts.search.search("Accounts", cursor=cursor, **given)  # type: ignore[arg-type]
        assert page.count == len(page.records)
        assert page.more_records == bool(page.next_cursor)
        records += page.records
        cursor = page.next_cursor
        if not cursor:
            return records


async def everything(parts: Parts, *fields: str) -> list[Record]:
    return [record async for record in parts.search.iterate("Accounts", fields=fields)]
