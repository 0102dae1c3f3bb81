"""Search: pages of records that meet a condition, how many there are, and all of them.

COQL answers wherever it can (see ``plan``); the answer says which interface did, and the condition as it was sent.
``not_equal`` and ``not_in`` also find records in which the field is empty.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, replace

from zohocrm_mcp.errors import InvalidInputError, NotAllowedError
from zohocrm_mcp.models import Record, SearchPage
from zohocrm_mcp.services.conditions.coql import MOST_RECORDS
from zohocrm_mcp.services.conditions.filters import Filter
from zohocrm_mcp.services.records.cursors import State
from zohocrm_mcp.services.records.pages import Batch, Fetch, Pager, limited, walk
from zohocrm_mcp.services.records.sources import CoqlSource, SearchSource
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.services.search.asking import Asking, Request
from zohocrm_mcp.services.search.plan import Plan
from zohocrm_mcp.zoho.api import CrmApi

EVERYTHING = Plan("coql", "id is not null")


@dataclass(frozen=True)
class Sorting:
    """``by`` is an API name, empty for the order of ids."""

    by: str = ""
    order: str = ""


class SearchService:
    """Works on any module."""

    def __init__(self, api: CrmApi, schema: SchemaService, pager: Pager) -> None:
        self._api, self._schema, self._pager = api, schema, pager
        self._asking = Asking(schema, pager.cursors.clock)

    async def search(  # noqa: PLR0913 -- the arguments of the tool
        self,
        module: str,
        *,
        filters: Sequence[Filter] = (),
        match: str = "all",
        criteria: str = "",
        word: str = "",
        email: str = "",
        phone: str = "",
        limit: int = 50,
        cursor: str = "",
        fields: Sequence[str] = (),
        sort_by: str = "",
        sort_order: str = "",
    ) -> SearchPage:
        """Return a page of the records that meet the condition; exactly one kind of it is given.

        Raises:
            InvalidInputError: a name, an operator, a value, the limit or the cursor is wrong; no kind or two are given.
        """
        limited(limit)
        request = Request(filters, match, criteria, word, email, phone)
        name = (await self._schema.module(module)).api_name
        sorting = await self._sorting(name, sort_by, sort_order)
        key = ("search", name, *request.key, sorting.by, sorting.order)
        state = self._pager.cursors.open(key, cursor)
        started = state.get("t") or int(self._asking.clock())
        plan = await self._asking.plan(name, request, float(str(started)))
        columns = await self._schema.page_fields(name, fields)
        for way in _ways(plan, state):
            try:
                fetch = _stamped(self._fetch(name, way, columns, sorting), {"t": started, "v": way.via})
                shown = await self._pager.page(fetch, key, cursor, limit)
            except (InvalidInputError, NotAllowedError) as error:
                self._contradicted(name, error)
                if cursor or "status" not in error.details or way.alternative is None:
                    raise
            else:
                return SearchPage(
                    records=shown.records,
                    count=len(shown.records),
                    more_records=shown.more,
                    next_cursor=shown.next_cursor,
                    via=way.via,
                    criteria=way.text,
                )
        raise AssertionError("the last way returns or raises")

    async def count(
        self, module: str, *, filters: Sequence[Filter] = (), match: str = "all", criteria: str = ""
    ) -> int:
        """Return how many records meet the condition, all without one.

        COQL counts what is there now. What only the search interface can answer is counted from its index, which lags
        a change by minutes (Zoho CRM v8 docs, Record Count). What has to be looked at record by record is read.
        """
        name = (await self._schema.module(module)).api_name
        plan = await self._plan(name, Request(filters, match, criteria))
        if plan.rechecks:
            fetch = self._fetch(name, plan, [], Sorting())
            return sum([1 async for _ in walk(fetch, MOST_RECORDS)])
        if plan.via == "search":
            body = (await self._api.count(name, criteria=plan.text)).body
            return int(str(body["count"])) if isinstance(body, dict) else 0
        answer = await self._api.coql(f"select COUNT(id) from {name} where {plan.text}")  # noqa: S608 -- checked before
        return int(str(next(iter(answer.data[0].values())))) if answer.data else 0

    async def iterate(
        self,
        module: str,
        *,
        filters: Sequence[Filter] = (),
        match: str = "all",
        criteria: str = "",
        fields: Sequence[str] = (),
    ) -> AsyncGenerator[Record, None]:
        """Yield every record that meets the condition, all without one, by ascending id; long texts are whole."""
        name = (await self._schema.module(module)).api_name
        plan = await self._plan(name, Request(filters, match, criteria))
        columns = await self._schema.page_fields(name, fields)
        async for record in walk(self._fetch(name, plan, columns, Sorting()), MOST_RECORDS):
            yield record

    async def _plan(self, module: str, request: Request) -> Plan:
        if not request.filters and not request.criteria:
            return EVERYTHING
        return await self._asking.plan(module, request, self._asking.clock())

    def _fetch(self, module: str, plan: Plan, columns: Sequence[str], sorting: Sorting) -> Fetch:
        wanted = {"id", *columns}
        read = list(dict.fromkeys(["id", *columns, *(test.field.api_name for test in plan.rechecks)]))

        def shape(row: Record) -> Record | None:
            record = self._schema.visible(module, clean(row))
            if not plan.rechecks:
                return record
            return {key: value for key, value in record.items() if key in wanted} if plan.holds(record) else None

        if plan.via == "coql":
            return CoqlSource(self._api, module, read, plan.text, shape, sorting.by, sorting.order == "desc")
        if behind := next((one for one in read if "." in one), None):
            raise InvalidInputError(
                f"{behind} can be read with filters or criteria only that Zoho can answer in COQL.",
                hint=f"Leave it out of fields, or read {behind.partition('.')[0]} and then that record.",
                field=behind,
                code="INVALID_DATA",
            )
        params = {plan.parameter: plan.text, "sort_by": sorting.by, "sort_order": sorting.order}
        return SearchSource(self._api, module, read, params, shape)

    async def _sorting(self, module: str, sort_by: str, sort_order: str) -> Sorting:
        if sort_order not in {"", "asc", "desc"}:
            raise InvalidInputError(f"sort_order is {sort_order!r}.", hint="Use asc or desc.", field="sort_order")
        if not sort_by:
            return Sorting(order=sort_order)
        info = await self._schema.field(module, sort_by)
        if not info.sortable or info.type in {"textarea", "multiselectpicklist", "subform"}:
            raise InvalidInputError(
                f"{info.api_name} is of type {info.type}: Zoho cannot sort by it.",
                hint="Sort by a text, number, date or pick-list field.",
                field=info.api_name,
            )
        return Sorting(info.api_name, sort_order or "asc")

    def _contradicted(self, module: str, error: Exception) -> None:
        if isinstance(error, InvalidInputError) and "status" in error.details:
            self._schema.refresh(module)


def _ways(plan: Plan, state: State) -> Iterator[Plan]:
    """Yield the plans to try: the one that began the walk, at its start the alternative too."""
    begun = state.get("v") == "search"
    if not (begun and plan.alternative):
        yield plan
    if plan.alternative:
        yield plan.alternative


def _stamped(fetch: Fetch, stamp: State) -> Fetch:
    async def stamped(state: State, size: int) -> Batch:
        batch = await fetch(state, size)
        return replace(batch, after=lambda count: {**batch.after(count), **stamp})

    return stamped
