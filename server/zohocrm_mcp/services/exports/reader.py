"""All records of a module that meet a condition, in batches, by the interface of Zoho that fits their number."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import aclosing

from zohocrm_mcp.errors import InvalidInputError, NotAllowedError, ZohoError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.exports.bulk_read import BulkReader, GoOn
from zohocrm_mcp.services.exports.wanted import Wanted
from zohocrm_mcp.services.exports.ways import Way, Ways
from zohocrm_mcp.services.schema.service import ALONE, SchemaService
from zohocrm_mcp.services.search.asking import Asking, Request
from zohocrm_mcp.services.search.service import EVERYTHING
from zohocrm_mcp.zoho.api import CrmApi

FEW = 10_000
"""Records up to which COQL is quicker and cheaper: 5 calls of 3 credits, where a Bulk Read job costs 50 and some
seconds of waiting (Zoho CRM v8 docs, API limits)."""

NOT_IN_TABLES = ALONE | {"profileimage", "imageupload", "fileupload", "layout"}
"""Types that no interface for many records shows, or not all of them alike."""


class TableReader:
    """``few``: records up to which they are read page by page."""

    def __init__(
        self, api: CrmApi, bulk: BulkReader, schema: SchemaService, clock: Callable[[], float] = time.time
    ) -> None:
        self._api, self._schema, self._clock = api, schema, clock
        self._ways = Ways(api, bulk, schema)
        self.few = FEW
        self._asking = Asking(schema, clock)

    def now(self) -> float:
        """Return the moment that relative dates are counted from."""
        return self._clock()

    async def wanted(
        self, module: str, request: Request, fields: Sequence[str], *, limit: int | None = None, now: float
    ) -> Wanted:
        """Return what is meant, names and values checked.

        Raises:
            InvalidInputError: a name, an operator or a value is wrong.
        """
        name = (await self._schema.module(module)).api_name
        asked = bool(request.filters or request.criteria)
        plan = await self._asking.plan(name, request, now) if asked else EVERYTHING
        columns = await self._schema.page_fields(name, fields)
        known = {one: await self._schema.field(name, one) for one in columns}
        known |= {test.field.api_name: test.field for test in plan.rechecks}
        return Wanted(name, tuple(columns), known, plan, limit)

    async def shown(self, module: str, records: Sequence[Record]) -> list[Record]:
        """Return records that were read some time ago without what the settings deny by now."""
        return await self._schema.catalogue.shown(module, records)

    async def table_fields(self, module: str) -> list[str]:
        """Return every field of a module that comes with a page of records."""
        fields = await self._schema.fields(module)
        return [name for name, info in fields.items() if info.type not in NOT_IN_TABLES and name != "id"]

    async def count(self, wanted: Wanted) -> int:
        """Return how many records to expect: a few more than there are where Zoho finds more than asked for."""
        try:
            found = await self._count(wanted)
        except (InvalidInputError, NotAllowedError) as error:
            spare = wanted.plan.alternative
            if not _refused(error) or (wanted.plan is not EVERYTHING and spare is None):
                raise
            found = await self._indexed(wanted.module, spare.text if spare else "")
        return found if wanted.limit is None else min(found, wanted.limit)

    async def _count(self, wanted: Wanted) -> int:
        if wanted.plan.via == "search":
            return await self._indexed(wanted.module, wanted.plan.text)
        query = f"select COUNT(id) from {wanted.module} where {wanted.plan.text}"  # noqa: S608 -- checked before
        rows = (await self._api.coql(query)).data
        return int(str(next(iter(rows[0].values())))) if rows else 0

    async def _indexed(self, module: str, criteria: str) -> int:
        """Return the number that Zoho's index knows; it lags by minutes (Zoho CRM v8 docs, Record Count)."""
        body = (await self._api.count(module, criteria=criteria)).body
        return int(str(body["count"])) if isinstance(body, dict) else 0

    async def batches(self, wanted: Wanted, expected: int, go_on: GoOn) -> Way:
        """Yield the records, each once. Ends early when ``go_on`` says no.

        Raises:
            ZohoError: what keeps the rest from being read.
        """
        left = wanted.limit
        async with aclosing(self._first_willing(wanted, expected, go_on)) as found:
            async for batch in found:
                kept = wanted.keep(batch)[:left]
                left = None if left is None else left - len(kept)
                yield kept
                if left == 0 or not await go_on():
                    return

    async def _first_willing(self, wanted: Wanted, expected: int, go_on: GoOn) -> Way:
        """Read by the first way that Zoho does not refuse at once."""
        refusal: ZohoError | None = None
        async for way in self._ways.to(wanted, go_on, many=expected > self.few):
            async with aclosing(way):
                try:
                    first: list[Record] = await anext(way, [])
                except (InvalidInputError, NotAllowedError) as error:
                    if not _refused(error):
                        raise
                    refusal = refusal or error
                    continue
                yield first
                async for batch in way:
                    yield batch
                return
        assert refusal
        raise refusal


def _refused(error: ZohoError) -> bool:
    """Whether it was Zoho that refused, not a check of ours."""
    return "status" in error.details
