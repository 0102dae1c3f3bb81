"""Page numbers over cursors, which know only where to go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cachetools import LRUCache

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Page, Record
from zohocrm_mcp.services.records.pages import MOST_RECORDS

REMEMBERED = 4096


@dataclass(frozen=True)
class Listing:
    """Which records, in which order."""

    sort_by: str
    sort_order: str
    fields: tuple[str, ...]


Read = Callable[[Listing, str, int], Awaitable[Page]]
"""Reads a page of a listing from a cursor on, of at most so many records."""


class NumberedPages:
    """Remembers where pages began, so that one page after the other costs one call each."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._starts: LRUCache[tuple[Listing, int], str] = LRUCache(REMEMBERED)

    async def page(self, listing: Listing, limit: int, number: int) -> list[Record]:
        """Return the records of a page, numbered from 1; none beyond the end."""
        start = (number - 1) * limit
        at, cursor = self._nearest(listing, start)
        try:
            return await self._walk(listing, at, cursor, (start, start + limit))
        except InvalidInputError as error:
            if not cursor or error.details.get("code") != "INVALID_CURSOR":
                raise
            return await self._walk(listing, 0, "", (start, start + limit))  # it was of yesterday

    def _nearest(self, listing: Listing, start: int) -> tuple[int, str]:
        known = [at for of, at in self._starts if of == listing and at <= start]
        at = max(known, default=0)
        return at, self._starts.get((listing, at), "")

    async def _walk(self, listing: Listing, at: int, cursor: str, span: tuple[int, int]) -> list[Record]:
        start, end = span
        found: list[Record] = []
        while at < end:
            wanted = (start if at < start else end) - at
            page = await self._read(listing, cursor, min(wanted, MOST_RECORDS))
            if at >= start:
                found += page.records
            at, cursor = at + page.count, page.next_cursor
            if not cursor:
                break
            self._starts[listing, at] = cursor
        return found
