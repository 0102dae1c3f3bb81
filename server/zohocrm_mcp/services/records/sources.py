"""Where records come from: the list, COQL and search interfaces, each as a walk that can go on from a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Answer, Record
from zohocrm_mcp.services.conditions.coql import LAST_OFFSET, MOST_RECORDS, quote
from zohocrm_mcp.services.records.cursors import START_AGAIN, State
from zohocrm_mcp.services.records.pages import Batch
from zohocrm_mcp.zoho.api import CrmApi, record_id

MOST_PER_PAGE = 200
MOST_FOUND = 2_000
"""Records that the search interface shows in all (Zoho CRM v8 docs, Search Records)."""
_BAD_TOKEN = frozenset({"TOKEN_BOUND_DATA_MISMATCH", "EXPIRED_VALUE"})
Shape = Callable[[Record], Record | None]
"""Makes a row of Zoho a record to show; None leaves it out."""


class _Shaped(Sequence[Record]):
    """Rows that become records when somebody looks at them: a page may be full long before the last."""

    def __init__(self, rows: list[Record], shape: Callable[[Record], Record]) -> None:
        self._rows, self._shape = rows, shape

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        return map(self._shape, self._rows)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | list[Record]:
        found = self._rows[place]
        return [self._shape(row) for row in found] if isinstance(found, list) else self._shape(found)


def _batch(rows: Sequence[Record], shape: Shape, more: bool, after: Callable[[int], State]) -> Batch:
    """Return the rows that ``shape`` keeps; ``after`` counts rows."""
    kept = [(place, record) for place, row in enumerate(rows, 1) if (record := shape(row)) is not None]
    places = [place for place, _ in kept]

    def state(count: int) -> State:
        return after(len(rows) if count == len(kept) else places[count - 1] if count else 0)

    return Batch([record for _, record in kept], more, state)


def _more(answer: Answer) -> bool:
    return bool(answer.info.get("more_records"))


@dataclass(frozen=True)
class ListSource:
    """The list interface, by page token: to the last of 100,000, newest id first unless sorted.

    ``sort_by``: id, Created_Time or Modified_Time. The page size is that of the first page: a token is bound to it.
    """

    api: CrmApi
    module: str
    fields: Sequence[str]
    shape: Callable[[Record], Record]
    sort_by: str = ""
    sort_order: str = ""

    async def __call__(self, state: State, size: int) -> Batch:
        token, skip = str(state.get("token", "")), int(str(state.get("skip", 0)))
        page = int(str(state.get("page", size)))
        answer = await self._read(token, page)
        data = answer.data
        rows = data[skip : skip + size]
        following = str(answer.info.get("next_page_token") or "")
        seen = skip + len(rows)

        def after(count: int) -> State:
            done = skip + count >= len(data)
            return {"token": following, "page": page} if done else {"token": token, "page": page, "skip": skip + count}

        return Batch(_Shaped(rows, self.shape), bool(following) or seen < len(data), after)

    async def _ask(self, given: dict[str, object]) -> Answer:
        return await self.api.list_records(self.module, self.fields, **given)

    async def _read(self, token: str, size: int) -> Answer:
        given: dict[str, object] = {
            "sort_by": self.sort_by,
            "sort_order": self.sort_order,
            "page_token": token,
            "per_page": size,
        }
        try:
            return await self._ask(given)
        except InvalidInputError as error:
            if token and error.details.get("code") in _BAD_TOKEN:
                raise InvalidInputError(
                    "Zoho no longer knows the page of this cursor.",
                    hint=START_AGAIN,
                    field="cursor",
                    code="INVALID_CURSOR",
                ) from error
            raise


@dataclass(frozen=True)
class RelatedSource(ListSource):
    """A related list of one record; paged like a list."""

    record_id: str = ""
    related_list: str = ""

    async def _ask(self, given: dict[str, object]) -> Answer:
        fields = ",".join(self.fields)
        return await self.api.related(self.module, self.record_id, self.related_list, fields=fields, **given)


@dataclass(frozen=True)
class CoqlSource:
    """COQL: by id, so that what comes and goes meanwhile loses and repeats nothing and there is no end at 100,000.

    With another ``order_by`` it walks by offset.
    """

    api: CrmApi
    module: str
    columns: Sequence[str]
    where: str
    shape: Shape
    order_by: str = ""
    descending: bool = False

    @property
    def _by_id(self) -> bool:
        return self.order_by in {"", "id"}

    async def __call__(self, state: State, size: int) -> Batch:
        size = min(size, MOST_RECORDS)
        answer = await self.api.coql(self.query(state, size))
        rows = answer.data

        def after(count: int) -> State:
            if not self._by_id:
                return {"offset": _offset(state) + count}
            return {"last": str(rows[count - 1]["id"])} if count else state

        return _batch(rows, self.shape, _more(answer), after)

    def query(self, state: State, size: int) -> str:
        """Return the query that reads on from ``state``."""
        columns, direction = ", ".join(dict.fromkeys(["id", *self.columns])), "desc" if self.descending else "asc"
        head = f"select {columns} from {self.module}"  # noqa: S608 -- API names only
        if self._by_id:
            return f"{head} where {self._after(state)} order by id {direction} limit {size}"
        offset = _offset(state)
        if offset >= LAST_OFFSET:
            raise InvalidInputError(
                f"Zoho shows the first {LAST_OFFSET} records in this order.",
                hint="Leave sort_by out to walk over all of them, or narrow the search.",
                code="LIMIT_EXCEEDED",
            )
        size = min(size, LAST_OFFSET - offset)
        order = f"order by {self.order_by} {direction}, id asc"
        return f"{head} where {self.where} {order} limit {offset}, {size}"

    def _after(self, state: State) -> str:
        if "last" not in state:
            return self.where
        last = quote(record_id(str(state["last"])))
        return f"({self.where}) and id {'<' if self.descending else '>'} {last}"


def _offset(state: State) -> int:
    return int(str(state.get("offset", 0)))


@dataclass(frozen=True)
class SearchSource:
    """The search interface: 2,000 records at most. ``params``: one of criteria, word, email, phone, and the sorting."""

    api: CrmApi
    module: str
    columns: Sequence[str]
    params: dict[str, str]
    shape: Shape

    async def __call__(self, state: State, size: int) -> Batch:
        at, fields = _offset(state), ",".join(self.columns)
        if at >= MOST_FOUND:
            raise _end_of_search()
        page = _page_size(at, size)
        number, skip = at // page + 1, at % page
        answer = await self.api.search(self.module, **self.params, fields=fields, page=number, per_page=page)
        rows = answer.data[skip : skip + size]
        more = _more(answer) or skip + len(rows) < len(answer.data)
        return _batch(rows, self.shape, more, lambda count: {"offset": at + count})


def _page_size(at: int, wanted: int) -> int:
    """Return the smallest page size with most of the ``wanted`` records from offset ``at`` on one page within reach."""
    reachable = [size for size in range(1, MOST_PER_PAGE + 1) if (at // size + 1) * size <= MOST_FOUND]
    return max(reachable, key=lambda size: (min(wanted, size - at % size), -size))


def _end_of_search() -> InvalidInputError:
    return InvalidInputError(
        f"There are more, but Zoho's search shows the first {MOST_FOUND} records only.",
        hint="Narrow the search, or use filters, which have no such end.",
        code="LIMIT_REACHED",
    )
