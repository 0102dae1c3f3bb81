"""Which records a list shows, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.metadata.field import Field
from zohocrm_mcp.simulator.records.paging import Order
from zohocrm_mcp.simulator.records.tokens import Key
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store import times
from zohocrm_mcp.simulator.wire import Call, Refusal

MOST_FIELDS = 50
SORTABLE = ("id", "Created_Time", "Modified_Time")
SINGLE_ONLY = frozenset({"subform"})


@known("Zoho CRM v8 docs: fields is mandatory in lists, at most 50; subforms only come with a single record")
@guessed("unknown names in fields are left out")
def wanted_fields(call: Call, module: Module) -> list[Field]:
    """The fields of the query; refuses a call without them."""
    names = [name.strip() for name in call.query.get("fields", "").split(",") if name.strip()]
    if not names:
        raise Refusal("REQUIRED_PARAM_MISSING", "required param is missing", {"param_name": "fields"})
    if len(names) > MOST_FIELDS:
        raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"limit": MOST_FIELDS, "param_name": "fields"})
    found = [module.field_named(name) for name in dict.fromkeys(names)]
    return [field for field in found if field and field.data_type not in SINGLE_ONLY]


@known("Zoho CRM v8 docs: sort_by id, Created_Time, Modified_Time; desc unless asc")
def order_of(call: Call, module: Module) -> Order:
    sort_by, direction = call.query.get("sort_by") or "id", call.query.get("sort_order") or "desc"
    if sort_by not in SORTABLE:
        raise Refusal("INVALID_DATA", "invalid data", {"param_name": "sort_by", "supported_values": [*SORTABLE]})
    if direction not in ("asc", "desc"):
        raise Refusal("INVALID_DATA", "invalid data", {"param_name": "sort_order", "supported_values": ["asc", "desc"]})
    return ordered(call, module, sort_by, descending=direction == "desc")


@guessed("the order of Created_Time is the order of ids")
def ordered(call: Call, module: Module, sort_by: str, *, descending: bool) -> Order:
    """An order over all records of a module."""
    table = call.state.tables[module.api_name]
    modified = table.reader("Modified_Time")

    def walk(after: Key | None) -> Iterator[int]:
        if sort_by == "Modified_Time":
            return table.by_modified(descending=descending, after=after)
        return table.ids(descending=descending, after=after[1] if after else None)

    def key(record_id: int) -> Key:
        return int(str(modified(record_id))), record_id

    return Order(sort_by, descending, walk, key)


@known("Zoho CRM v8 docs: If-Modified-Since")
def changed_since(call: Call, order: Order, module: Module) -> Order:
    """Only what was modified after the time of the header, if there is one."""
    text = call.headers.get("if-modified-since")
    if not text:
        return order
    since = times.parse(text)
    if since is None:
        raise Refusal("INVALID_DATA", "invalid data", {"expected_data_type": "datetime", "header": "If-Modified-Since"})
    table = call.state.tables[module.api_name]
    modified = table.reader("Modified_Time")
    newest_first = table.by_modified(descending=True)
    changed = set(takewhile(lambda record_id: int(str(modified(record_id))) > since, newest_first))
    return filtered(order, changed.__contains__)


def filtered(order: Order, keep: Callable[[int], bool]) -> Order:
    """The same order with only some of the records."""
    return Order(order.sort_by, order.descending, lambda after: filter(keep, order.walk(after)), order.key)
