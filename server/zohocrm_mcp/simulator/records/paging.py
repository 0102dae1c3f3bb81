"""Pages of records: by number up to 2,000 records, by token up to 100,000."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from zohocrm_mcp.simulator.records.tokens import Key, Position
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.wire import Call, Json, Refusal

PER_PAGE = 200
BY_NUMBER = 2000
BY_TOKEN = 100_000


@dataclass(slots=True)
class Order:
    """How a listing is sorted: what to go through behind a key, and the key of a record."""

    sort_by: str
    descending: bool
    walk: Callable[[Key | None], Iterator[int]]
    key: Callable[[int], Key]


@dataclass(slots=True)
class Page:
    ids: list[int]
    info: Json


@known("Zoho CRM v8 docs: page and page_token exclude each other; 2,000 records by page, 100,000 by token")
@guessed("a token goes on behind the last record it has seen, whatever has changed before it")
def page_of(call: Call, order: Order, binding: str) -> Page:
    """One page of a listing; ``binding`` names all parameters that a token must be used with."""
    per_page = call.number("per_page", PER_PAGE, 1, PER_PAGE)
    start = _start(call, f"{binding}/{order.sort_by}/{order.descending}/{per_page}", per_page)
    walk = order.walk(start.after)
    if start.after is None:
        walk = islice(walk, start.skipped, None)
    ids = list(islice(walk, per_page + 1))
    more = len(ids) > per_page
    ids = ids[:per_page]
    return Page(ids, _info(call, order, start, ids, per_page, more=more))


def _start(call: Call, binding: str, per_page: int) -> Position:
    if value := call.query.get("page_token"):
        if "page" in call.query:
            names = [{"param_name": "page"}, {"param_name": "page_token"}]
            message = "ambiguity while processing the request"
            raise Refusal("AMBIGUITY_DURING_PROCESSING", message, {"ambiguity_due_to": names})
        position = call.state.page_tokens.find(value, binding, call.user_id)
        if position.skipped >= BY_TOKEN:
            message = "You can only get upto 100000 records using page_token param"
            raise Refusal("PAGINATION_LIMIT_EXCEEDED", message, {"param_name": "page_token"})
        return position
    page = call.number("page", 1, 1, 10**9)
    if page * per_page > BY_NUMBER:
        message = "You can only get the first 2000 records without using page_token param"
        raise Refusal("DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, {"limit": BY_NUMBER})
    return Position(binding, call.user_id, None, (page - 1) * per_page, page, None, 0)


@known("Zoho CRM v8 docs: info of a list; next_page_token and page_token_expiry are null on the last page")
def _info(call: Call, order: Order, start: Position, ids: list[int], per_page: int, *, more: bool) -> Json:
    tokens = call.state.page_tokens
    following = None
    if more:
        here = tokens.make(start)
        position = Position(
            start.binding, call.user_id, order.key(ids[-1]), start.skipped + len(ids), start.page + 1, here, 0
        )
        following = tokens.make(position)
    return {
        "call": False,
        "per_page": per_page,
        "next_page_token": following,
        "count": len(ids),
        "sort_by": order.sort_by,
        "page": start.page,
        "previous_page_token": start.previous,
        "page_token_expiry": iso(int(tokens.expiry(following)), call.zone) if following else None,
        "sort_order": "desc" if order.descending else "asc",
        "email": False,
        "more_records": more,
    }
