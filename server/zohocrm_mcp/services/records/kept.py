"""Records that answer from memory for a while, and are forgotten as soon as this process writes anything."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from cachetools import TTLCache

from zohocrm_mcp.models import Record

Key = tuple[str, ...]
MOST = 1_000


class KeptRecords:
    """``seconds`` 0: nothing is kept. A write drops everything: roll-ups and workflows change other records too."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._kept: TTLCache[Key, Record] = TTLCache(MOST, seconds, timer=clock)
        self._writes = 0

    async def get(self, key: Key, read: Callable[[], Awaitable[Record]]) -> Record:
        """Return the record of ``key``, read when it is not kept; one read while something was written is not kept."""
        if not self._seconds:
            return await read()
        if (found := self._kept.get(key)) is not None:
            return found
        before = self._writes
        record = await read()
        if before == self._writes:
            self._kept[key] = record
        return record

    def forget(self) -> None:
        self._writes += 1
        self._kept.clear()

    async def job_moved(self, _job_id: str) -> None:
        """Forget what a job, of whatever process, may have changed."""
        self.forget()
