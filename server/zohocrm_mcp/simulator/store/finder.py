"""An index of one field, for fields that are looked up by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zohocrm_mcp.simulator.seed.base import Base
from zohocrm_mcp.simulator.store.conditions import Reader


def folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


class Finder:
    """Which records may have a value; the caller checks what they have now."""

    def __init__(self, base: Base, read: Reader, written: Mapping[int, object]) -> None:
        self._base = base
        self._first: dict[object, int] = {}
        for index in range(base.count - 1, -1, -1):
            self._first[folded(read(index))] = index
        self._written: dict[object, list[int]] = {}
        for record_id, value in written.items():
            self.add(value, record_id)

    def add(self, value: object, record_id: int) -> None:
        self._written.setdefault(folded(value), []).append(record_id)

    def candidates(self, value: object) -> Iterator[int]:
        key = folded(value)
        if key in self._first:
            yield self._base.id_of(self._first[key])
        yield from self._written.get(key, ())
