"""A query carried out: rows, groups, aggregates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from zohocrm_mcp.simulator.coql.conditions import condition_of
from zohocrm_mcp.simulator.coql.plan import resolve
from zohocrm_mcp.simulator.coql.tree import Column, Query
from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.views import condition_of_view
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.conditions import Condition, Every, Reader
from zohocrm_mcp.simulator.store.render import Renderer
from zohocrm_mcp.simulator.store.sorting import sortable
from zohocrm_mcp.simulator.wire import Call, Json

Group = tuple[tuple[Any, ...], list[int]]


class Run:
    """One query on its way."""

    def __init__(self, call: Call, module: Module, query: Query) -> None:
        self._call, self._module, self._query = call, module, query
        self._reader = call.state.path_reader(module)
        self._renderer = Renderer(call.state, module, (), call.zone)

    def rows(self) -> tuple[list[Json], bool]:
        """The rows of the window, and whether there are more."""
        window = slice(self._query.offset, self._query.offset + self._query.limit + 1)
        if self._query.group or any(column.aggregate for column in self._query.columns):
            rows = self._grouped()[window]
        else:
            rows = [self._row(record_id) for record_id in islice(self._ordered(), window.start, window.stop)]
        return rows[: self._query.limit], len(rows) > self._query.limit

    def _matching(self) -> Iterable[int]:
        condition: Condition = condition_of(self._call, self._module, self._query.where)
        if self._query.view:
            of_view = condition_of_view(self._call, self._module, self._query.view)
            condition = Every((condition, of_view)) if of_view else condition
        return self._call.state.tables[self._module.api_name].matching(condition, self._reader)

    @known("Zoho CRM v8 docs, COQL: ascending id unless ordered")
    def _ordered(self) -> Iterable[int]:
        ids = self._matching()
        order = [(column, descending) for column, descending in self._query.order]
        if not order or (len(order) == 1 and order[0] == (Column("id", None, "id"), False)):
            return ids
        ordered = list(ids)
        for column, descending in reversed(order):
            ordered.sort(key=_by(self._reader(self._path_of(column))), reverse=descending)
        return ordered

    def _path_of(self, column: Column) -> str:
        aliased = [each.path for each in self._query.columns if each.alias == column.written]
        return aliased[0] if aliased else column.path

    @known("Zoho CRM v8 docs, COQL: id in every row; a dotted column is a flat key")
    def _row(self, record_id: int) -> Json:
        row = {column.key: self._shown(column, self._reader(column.path)(record_id)) for column in self._query.columns}
        return {**row, "id": str(record_id)}

    @guessed("owners come without e-mail in COQL rows")
    def _shown(self, column: Column, value: object) -> object:
        resolved = resolve(self._call.state.schema, self._module, column.path)
        form = self._renderer.format_of(resolved.module, resolved.field)
        shown = form(value) if form else value
        if isinstance(shown, dict):
            return {name: shown[name] for name in ("name", "id") if name in shown}
        return shown

    def _grouped(self) -> list[Json]:
        readers = [self._reader(path) for path in self._query.group]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for record_id in self._matching():
            key = tuple(_hashable(read(record_id)) for read in readers)
            groups.setdefault(key, []).append(record_id)
        if not groups and not self._query.group:
            groups[()] = []
        keyed = list(groups.items())
        for column, descending in reversed(self._query.order):
            keyed.sort(key=_by(self._value_of(column)), reverse=descending)
        return [{column.key: self._cell(column, *item) for column in self._query.columns} for item in keyed]

    def _value_of(self, column: Column) -> Callable[[Group], object]:
        aliased = [each for each in self._query.columns if each.alias == column.written]
        chosen = aliased[0] if aliased else column
        return lambda group: self._raw(chosen, *group)

    def _raw(self, column: Column, key: tuple[Any, ...], ids: Sequence[int]) -> object:
        if not column.aggregate:
            return key[self._query.group.index(column.path)]
        return aggregate(column.aggregate, self._reader(column.path), ids)

    def _cell(self, column: Column, key: tuple[Any, ...], ids: Sequence[int]) -> object:
        value = self._raw(column, key, ids)
        if column.aggregate in ("count", "sum", "avg"):
            return value
        return self._shown(column, list(value) if isinstance(value, tuple) else value)


def _by(value: Callable[[Any], object]) -> Callable[[Any], tuple[bool, Any]]:
    return lambda item: sortable(value(item))


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@guessed("aggregates pass over empty values; over nothing COUNT is 0 and the others are null")
def aggregate(name: str, read: Reader, ids: Sequence[int]) -> Any:
    values: list[Any] = [value for value in map(read, ids) if value is not None]
    if name == "count":
        return len(values)
    if not values:
        return None
    totals: dict[str, Callable[[list[Any]], Any]] = {
        "sum": sum,
        "avg": lambda numbers: sum(numbers) / len(numbers),
        "min": min,
        "max": max,
    }
    total = totals[name](values)
    return round(total, 2) if isinstance(total, float) else total
