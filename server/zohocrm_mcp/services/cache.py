"""Values with an age, loaded once however many ask at the same moment."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio
from cachetools import TTLCache

from zohocrm_mcp.errors import ZohoError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST_DROPS = 4


@dataclass
class _Gate:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    loads: int = 0
    failure: ZohoError | None = None


class AgedCache(Generic[K, V]):
    """``load(key)`` gives a value, never None, kept for ``ttl`` seconds; who waits for a load shares its failure too.

    ``drop`` forgets a value because it proved wrong; after a few times for the same key only when ``pause`` seconds
    have passed without one, so that a wrong argument repeated cannot cost a load each time.
    """

    def __init__(
        self,
        load: Callable[[K], Awaitable[V]],
        *,
        ttl: float,
        pause: float = 30.0,
        maxsize: int = 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._kept: TTLCache[K, V] = TTLCache(maxsize, ttl, timer=clock)
        self._dropped: TTLCache[K, int] = TTLCache(maxsize, pause, timer=clock)
        self._gates: dict[K, _Gate] = {}

    async def get(self, key: K) -> V:
        """Return the value for ``key``, loading it when there is none of the right age.

        Raises:
            ZohoError: what ``load`` raised; the next call tries again.
        """
        if (found := self._kept.get(key)) is not None:
            return found
        gate = self._gates.setdefault(key, _Gate())
        before = gate.loads
        async with gate.lock:
            if (found := self._kept.get(key)) is not None:
                return found
            if gate.loads != before and gate.failure:
                raise gate.failure
            return await self._fill(key, gate)

    async def _fill(self, key: K, gate: _Gate) -> V:
        gate.failure = None
        try:
            self._kept[key] = value = await self._load(key)
        except ZohoError as error:
            gate.failure = error
            raise
        finally:
            gate.loads += 1
            if not gate.lock.statistics().tasks_waiting:
                self._gates.pop(key, None)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value that came some other way."""
        self._kept[key] = value

    def drop(self, key: K) -> bool:
        """Forget the value so that the next ``get`` loads; answer False, and keep it, when that was tried in vain."""
        times = self._dropped.get(key, 0)
        if times >= MOST_DROPS:
            return False
        self._dropped[key] = times + 1
        self._kept.pop(key, None)
        return True
