"""Pages small enough to read: a budget of characters, long texts cut, a cursor that goes on after the last record."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import orjson

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record, Written
from zohocrm_mcp.services.records.cursors import Cursors, State

BUDGET = 40_000
LONGEST_TEXT = 1_000
MOST_RECORDS = 200
_EMPTY_BATCHES = 10


@dataclass(frozen=True)
class Batch:
    """Records as they will be shown. ``after(n)`` is the state that goes on after the first ``n`` of them."""

    records: Sequence[Record]
    more: bool
    after: Callable[[int], State]


Fetch = Callable[[State, int], Awaitable[Batch]]
"""Reads a batch of at most so many records from a state on; ``{}`` is the start."""


@dataclass(frozen=True)
class Shown:
    """What a page shows; ``next_cursor`` is empty on the last one."""

    records: Written
    more: bool
    next_cursor: str


class Pager:
    """Cuts walks into pages; ``budget`` is in characters of compact JSON."""

    def __init__(self, cursors: Cursors, *, budget: int = BUDGET, longest_text: int = LONGEST_TEXT) -> None:
        self.cursors = cursors
        self._budget = budget
        self._longest = longest_text

    async def page(
        self, fetch: Fetch, query: Sequence[object], cursor: str, limit: int, *, whole: bool = False
    ) -> Shown:
        """Return the page of the walk that ``query`` describes; ``limit`` may differ from page to page.

        ``whole``: long texts are not cut.

        Raises:
            InvalidInputError: the cursor is not one of this walk.
        """
        batch = await self._filled(fetch, self.cursors.open(query, cursor), limit)
        records = self._fitting(batch.records, sys.maxsize if whole else self._longest)
        more = batch.more or len(records) < len(batch.records)
        return Shown(records, more, self.cursors.seal(query, batch.after(len(records))) if more else "")

    async def _filled(self, fetch: Fetch, state: State, limit: int) -> Batch:
        """Return the first batch with a record in it, an empty one only at the end or after many tries."""
        batch = await fetch(state, limit)
        for _ in range(_EMPTY_BATCHES):
            if batch.records or not batch.more:
                break
            batch = await fetch(batch.after(0), limit)
        return batch

    def _fitting(self, records: Sequence[Record], longest: int) -> Written:
        fitting: list[Record] = []
        texts: list[str] = []
        left = self._budget
        for record in records:
            short, text = record, _json(record)
            if len(text) >= longest:  # else no text in it can be
                short = shortened(record, longest)
                text = _json(short)
            left -= len(text) + 1
            if left < 0 and fitting:
                break
            fitting.append(short)
            texts.append(text)
        return Written(fitting, texts)


def _json(record: Record) -> str:
    return orjson.dumps(record).decode()


def shortened(record: Record, longest: int = LONGEST_TEXT) -> Record:
    """Return the record with long texts cut; a mark in each says how much is missing and how to read it."""
    long = {field: value for field, value in record.items() if isinstance(value, str) and len(value) > longest}
    return {**record, **{field: _cut(field, value, longest) for field, value in long.items()}} if long else record


def _cut(field: str, value: str, longest: int) -> str:
    missing = len(value) - longest
    return f"{value[:longest]}… [{missing} more characters: read this record alone, fields {field}, for all of them]"


def limited(limit: int, most: int = MOST_RECORDS) -> int:
    """Return ``limit`` when it is one.

    Raises:
        InvalidInputError: it is below 1 or above ``most``.
    """
    if not 1 <= limit <= most:
        raise InvalidInputError(
            f"limit is {limit}.", hint=f"Use 1 to {most}; next_cursor leads on.", field="limit", code="INVALID_DATA"
        )
    return limit


async def walk(fetch: Fetch, size: int) -> AsyncIterator[Record]:
    """Yield every record of a walk, whole, reading ``size`` at a time."""
    state: State = {}
    more = True
    while more:
        batch = await fetch(state, size)
        for record in batch.records:
            yield record
        state, more = batch.after(len(batch.records)), batch.more
