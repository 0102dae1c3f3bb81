"""What a table holds, field by field, found in one pass with little memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from zohocrm_mcp.models import FieldInfo, FieldSummary, Record

MOST_DISTINCT = 1_000
"""Distinct values that are counted; of more it is only said that there are more."""

SHOWN = 5
LONGEST = 60
_RANGED = frozenset({"integer", "double", "currency", "percent", "date", "datetime"})


class Summary:
    """Counts the values of ``fields`` in batches of records."""

    def __init__(self, fields: Sequence[str], known: Mapping[str, FieldInfo]) -> None:
        self._columns = [_Column(name, known[name].value_type) for name in fields if name != "id" and name in known]

    def add(self, records: Sequence[Record]) -> None:
        for column in self._columns:
            column.add(records)

    def result(self) -> dict[str, FieldSummary]:
        return {column.name: column.result() for column in self._columns}


class _Column:
    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self._ranged = kind in _RANGED
        self._empty = 0
        self._counts: Counter[Any] | None = Counter()
        self._least: Any = None
        self._greatest: Any = None

    def add(self, records: Sequence[Record]) -> None:
        name = self.name
        values = [record[name] for record in records if name in record]
        self._empty += len(records) - len(values)
        if self._counts is not None:
            self._counts.update(_hashable(values))
            if len(self._counts) > MOST_DISTINCT:
                self._counts = None
        if self._ranged and values:
            self._widen([*values, *([] if self._least is None else [self._least, self._greatest])])

    def _widen(self, values: list[Any]) -> None:
        try:
            self._least, self._greatest = min(values), max(values)
        except TypeError:  # a number that came as text: there is no range
            self._ranged, self._least, self._greatest = False, None, None

    def result(self) -> FieldSummary:
        counts = self._counts
        return FieldSummary(
            empty=self._empty,
            distinct=MOST_DISTINCT if counts is None else len(counts),
            more_distinct=counts is None,
            most_frequent={_short(value): n for value, n in (counts or Counter()).most_common(SHOWN) if n > 1},
            least=self._least,
            greatest=self._greatest,
        )


def _hashable(values: list[JsonValue]) -> Iterable[Any]:
    """Lookups count as their name, or else their id; each value of a list counts."""
    first = values[0] if values else None
    if isinstance(first, dict):
        return [value.get("name") or value.get("id") if isinstance(value, dict) else value for value in values]
    if isinstance(first, list):
        return [one if not isinstance(one, dict) else str(one) for value in values for one in _list(value)]
    return values


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [value]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
