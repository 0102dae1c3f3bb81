"""COQL queries of the caller's own: read only, completed as Zoho demands, paged, explained when Zoho refuses them."""

from __future__ import annotations

from dataclasses import replace

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import QueryPage
from zohocrm_mcp.services.conditions.coql import LAST_OFFSET, MOST_CONDITIONS, MOST_RECORDS, credits_for, quote
from zohocrm_mcp.services.conditions.tree import leaves
from zohocrm_mcp.services.coql.clauses import Query, parse, text_of
from zohocrm_mcp.services.coql.explaining import explained
from zohocrm_mcp.services.coql.names import QueryNames
from zohocrm_mcp.services.coql.tokens import tokens_of
from zohocrm_mcp.services.coql.where import render
from zohocrm_mcp.services.records.cursors import State
from zohocrm_mcp.services.records.pages import Batch, Pager
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.zoho.api import CrmApi, record_id

EVERYTHING = "id is not null"
USUAL = 200


class QueryService:
    """One ``select`` at a time."""

    def __init__(self, api: CrmApi, schema: SchemaService, pager: Pager) -> None:
        self._api, self._schema, self._pager = api, schema, pager
        self._names = QueryNames(schema)

    async def query(self, select_query: str, cursor: str = "") -> QueryPage:
        """Return a page of rows: 200 a page without a limit of its own, else up to 2,000, as far as the budget goes.

        Long texts are cut, unless the limit is 1.

        Raises:
            InvalidInputError: not a single select, an unknown name, a limit out of range, or what Zoho says of it.
        """
        walk = _Walk(self._api, self._schema, await self._names.checked(parse(select_query)))
        try:
            alone = walk.query.limit == 1
            shown = await self._pager.page(walk, ("query", select_query), cursor, USUAL, whole=alone)
        except InvalidInputError as error:
            if "status" not in error.details:
                raise
            raise await explained(error, walk.sent, walk.query, self._schema) from error
        return QueryPage(
            records=shown.records,
            count=len(shown.records),
            more_records=shown.more,
            next_cursor=shown.next_cursor,
            credits=walk.credits,
        )


class _Walk:
    """Pages within the window that the query sets: by id where its order is that of ids, else by offset."""

    def __init__(self, api: CrmApi, schema: SchemaService, query: Query) -> None:
        self._api, self._schema = api, schema
        self.query = query
        self._where = render(query.where) if query.where else EVERYTHING
        conditions = sum(1 for _ in leaves(query.where)) if query.where else 1
        if conditions > MOST_CONDITIONS:
            raise InvalidInputError(
                f"The query has {conditions} conditions; COQL takes {MOST_CONDITIONS}.",
                hint="Use in with a list of up to 100 values.",
                code="LIMIT_EXCEEDED",
            )
        ordered = bool(query.order or query.offset) or query.grouped
        self._by_id = not ordered and conditions < MOST_CONDITIONS
        self.sent = ""
        self.credits = 0

    async def __call__(self, state: State, _: int) -> Batch:
        done = int(str(state.get("done", 0)))
        left = self.query.limit - done if self.query.limit else LAST_OFFSET
        size = min(left, self._size(state), MOST_RECORDS)
        self.sent = self._text(state, done, size)
        self.credits += credits_for(size)
        answer = await self._api.coql(self.sent)
        module = self.query.module.partition("#")[0]
        rows = [self._schema.visible(module, clean(row)) for row in answer.data]

        def after(count: int) -> State:
            following: State = {"done": done + count, "fit": count}
            return {**following, "last": str(rows[count - 1]["id"])} if self._by_id and count else following

        more = bool(answer.info.get("more_records")) and left > len(rows)
        return Batch(rows, more, after)

    def _size(self, state: State) -> int:
        if "fit" in state:
            return max(int(str(state["fit"])), USUAL)
        return self.query.limit or USUAL

    def _text(self, state: State, done: int, size: int) -> str:
        if not self._by_id:
            offset = self.query.offset + done
            if offset >= LAST_OFFSET:
                raise InvalidInputError(
                    f"COQL shows the first {LAST_OFFSET} rows.",
                    hint="Narrow the condition, or leave out order by to walk by id.",
                    code="LIMIT_EXCEEDED",
                )
            return text_of(self.query, self._where, limit=min(size, LAST_OFFSET - offset), offset=offset)
        where = f"({self._where}) and id > {quote(record_id(str(state['last'])))}" if "last" in state else self._where
        query = replace(self.query, order=tuple(tokens_of("id asc")))
        return text_of(query, where, limit=size, offset=0)
