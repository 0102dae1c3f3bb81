"""The records of one module: a generated base, and over it what has been written and deleted since."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

from zohocrm_mcp.simulator.seed.base import Base
from zohocrm_mcp.simulator.store.conditions import Condition, Reader, compiled, id_bounds, signature, tests
from zohocrm_mcp.simulator.store.finder import Finder, folded

Values = dict[str, object]
Derived = dict[str, tuple[tuple[str, ...], Callable[..., object]]]
REMEMBERED = 16


@dataclass(frozen=True, slots=True)
class Deleted:
    """What is left of a deleted record."""

    id: int
    name: str | None
    created_by: int | None
    deleted_by: int | None
    seconds: int


class Table:
    """Keys are record ids (whole numbers); ``written`` holds only the fields that differ from the base."""

    def __init__(self, base: Base, derived: Derived | None = None) -> None:
        self.base = base
        self.derived = derived or {}
        self.written: dict[int, Values] = {}
        self.gone: dict[int, Deleted] = {}
        self.added: list[int] = []
        self.version = 0
        self._touched: set[int] = set()
        self._matches: dict[str, array[int]] = {}
        self._modified: tuple[int, list[tuple[int, int]]] = (-1, [])
        self._finders: dict[str, Finder] = {}

    def __len__(self) -> int:
        return self.base.count + len(self.added) - len(self.gone)

    def __contains__(self, record_id: int) -> bool:
        if record_id in self.gone:
            return False
        return record_id in self.written or self.base.index_of(record_id) is not None

    def value(self, record_id: int, field: str) -> object:
        return self.reader(field)(record_id)

    def reader(self, field: str) -> Reader:
        """A function from a record's id to the field's stored value."""
        if field == "id":
            return lambda record_id: record_id
        if field in self.derived:
            inputs, compute = self.derived[field]
            readers = [self.reader(each) for each in inputs]
            return lambda record_id: compute(*[read(record_id) for read in readers])
        column, written, index_of = self.base.columns.get(field), self.written, self.base.index_of

        def read(record_id: int) -> object:
            row = written.get(record_id)
            if row is not None and field in row:
                return row[field]
            index = index_of(record_id) if column else None
            return column(index) if column and index is not None else None

        return read

    def insert(self, record_id: int, values: Values) -> None:
        self.written[record_id] = values
        self.added.append(record_id)
        self.version += 1
        self._index(record_id, values)

    def update(self, record_id: int, values: Values) -> None:
        self.written.setdefault(record_id, {}).update(values)
        self._touch(record_id)
        self._index(record_id, values)

    def delete(self, deleted: Deleted) -> None:
        self.gone[deleted.id] = deleted
        self._touch(deleted.id)

    def find(self, field: str, value: object) -> int | None:
        """A live record with that value, compared without case."""
        finder = self._finders.get(field)
        if not finder:
            written = {record_id: row[field] for record_id, row in self.written.items() if field in row}
            finder = self._finders[field] = Finder(self.base, self._base_reader(field), written)
        read = self.reader(field)
        candidates = finder.candidates(value)
        return next((each for each in candidates if each in self and folded(read(each)) == folded(value)), None)

    def _index(self, record_id: int, values: Values) -> None:
        for field, finder in self._finders.items():
            if field in values:
                finder.add(values[field], record_id)

    def _touch(self, record_id: int) -> None:
        self.version += 1
        index = self.base.index_of(record_id)
        if index is not None:
            self._touched.add(index)

    def ids(self, *, descending: bool = False, after: int | None = None) -> Iterator[int]:
        """Live ids in order of id, beginning behind ``after``."""
        base, gone = self.base, self.gone
        parts: tuple[Iterable[int], Iterable[int]]
        if descending:
            top = base.count if after is None else base.index_from(after)
            added = (each for each in reversed(self.added) if after is None or each < after)
            parts = added, map(base.id_of, range(top - 1, -1, -1))
        else:
            first = 0 if after is None else base.index_from(after + 1)
            added = (each for each in self.added if after is None or each > after)
            parts = map(base.id_of, range(first, base.count)), added
        return (each for part in parts for each in part if each not in gone)

    def by_modified(self, *, descending: bool = False, after: tuple[int, int] | None = None) -> Iterator[int]:
        """Live ids in order of Modified_Time, then id, beginning behind ``after`` (seconds, id)."""
        base, touched = self.base, self._touched
        ranks: Iterable[int]
        if descending:
            ranks = range(
                base.count - 1 if after is None else min(base.rank_from(after[0] + 1), base.count) - 1, -1, -1
            )
        else:
            ranks = range(0 if after is None else base.rank_from(after[0]), base.count)
        indexes = (index for index in map(base.at_modified_rank, ranks) if index not in touched)
        untouched = ((base.modified(index), base.id_of(index)) for index in indexes)
        changed = self._changed_by_time()
        merged = heapq.merge(untouched, reversed(changed) if descending else changed, reverse=descending)
        if after is None:
            return (record_id for _, record_id in merged)
        return (key[1] for key in merged if (key < after if descending else key > after))

    def _changed_by_time(self) -> list[tuple[int, int]]:
        version, order = self._modified
        if version != self.version:
            read = self.reader("Modified_Time")
            keys = [(read(record_id), record_id) for record_id in self.written if record_id not in self.gone]
            order = sorted((int(str(seconds)), record_id) for seconds, record_id in keys)
            self._modified = self.version, order
        return order

    def matching(self, condition: Condition | None, path_reader: Callable[[str], Reader]) -> Iterator[int]:
        """Live ids that meet the condition, in ascending order; ``path_reader`` follows dotted paths."""
        if condition is None:
            return self.ids()
        holds = compiled(condition, path_reader)
        if bounds := id_bounds(condition):
            low, high = bounds
            return filter(holds, takewhile(lambda each: each <= high, self.ids(after=low - 1)))
        if any("." in test.path for test in tests(condition)):
            return (record_id for record_id in self.ids() if holds(record_id))
        base, touched = self.base, self._touched
        untouched = (base.id_of(index) for index in self._base_matches(condition) if index not in touched)
        changed = sorted(each for each in self.written if each not in self.gone and holds(each))
        return heapq.merge(untouched, changed)

    def _base_matches(self, condition: Condition) -> array[int]:
        key = signature(condition)
        found = self._matches.pop(key, None)
        if found is None:
            holds = compiled(condition, self._base_reader)
            found = array("I", filter(holds, range(self.base.count)))
        self._matches[key] = found
        for old in list(islice(self._matches, max(len(self._matches) - REMEMBERED, 0))):
            del self._matches[old]
        return found

    def _base_reader(self, field: str) -> Reader:
        if field in self.derived:
            inputs, compute = self.derived[field]
            readers = [self._base_reader(each) for each in inputs]
            return lambda index: compute(*[read(index) for read in readers])
        return self.base.columns.get(field) or (lambda _: None)

    def children_of(self, parent_id: int, field: str, belongs: Callable[[object], bool]) -> Iterator[int]:
        """Live ids whose lookup ``field`` points at a parent; ``belongs`` decides for written records."""
        arithmetic = self.base.children.get(field)
        read = self.reader(field)
        indexes = arithmetic(parent_id) if arithmetic else ()
        untouched = (self.base.id_of(index) for index in indexes if index not in self._touched)
        changed = sorted(each for each in self.written if each not in self.gone and belongs(read(each)))
        return heapq.merge(untouched, changed)
