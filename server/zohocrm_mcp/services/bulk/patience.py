"""How long a job waits for what may pass: throttling, outages, locked records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

import anyio
import structlog

from zohocrm_mcp.errors import UnavailableError, ZohoError, ZohoRateLimitError

Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")
log = structlog.get_logger(__name__)


LOOK_SECONDS = 2.0
"""How often a job that waits looks whether it was asked to stop."""

Look = Callable[[str], Awaitable[bool]]
"""Is told why a job waits, and answers whether it is to go on."""


@dataclass(frozen=True)
class _Watch:
    look: Look
    scope: anyio.CancelScope


_watch: ContextVar[_Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched(look: Look) -> Iterator[None]:
    """Leave the block from within a wait when ``look`` says that the job is not to go on."""
    with anyio.CancelScope() as scope:
        token = _watch.set(_Watch(look, scope))
        try:
            yield
        finally:
            _watch.reset(token)


@dataclass(frozen=True)
class Patience:
    """Tries, and the pauses between them in seconds, which double. Being throttled costs time and no try."""

    most: int = 5
    pause: float = 1.0
    pause_most: float = 30.0
    throttled_most: float = 900.0
    sleep: Sleep = anyio.sleep

    async def with_(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do what only reads, again and again, until it passes or patience ends with its last error."""
        waits = Waits(self)
        while True:
            try:
                return await work()
            except (ZohoRateLimitError, UnavailableError) as error:
                if not await waits.after(error):
                    raise


class Waits:
    """The waits of one piece of work."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._tries, self._throttled = 0, 0.0

    async def after(self, trouble: ZohoError) -> bool:
        """Wait, unless patience is at its end: then False, at once."""
        throttled = isinstance(trouble, ZohoRateLimitError)
        self._tries += not throttled
        pause = self._pause(trouble)
        self._throttled += pause if throttled else 0.0
        if self._tries >= self._patience.most or self._throttled > self._patience.throttled_most:
            return False
        log.info("job.waits", kind=trouble.kind, reason=trouble.message, seconds=round(pause, 1))
        await self._rest(pause, f"It waits: {trouble.message}")
        return True

    async def _rest(self, seconds: float, why: str) -> None:
        """Sleep, and look now and then whether the job is to go on."""
        watch = _watch.get()
        while seconds > 0:
            if watch and not await watch.look(why):
                watch.scope.cancel()
            nap = min(seconds, LOOK_SECONDS)
            await self._patience.sleep(nap)
            seconds -= nap

    def _pause(self, trouble: ZohoError) -> float:
        patience = self._patience
        if isinstance(trouble, ZohoRateLimitError) and trouble.details["stated"]:
            return max(trouble.retry_after, patience.pause)
        growing: float = patience.pause * 2.0 ** max(self._tries - 1, 0)
        return min(growing, patience.pause_most)
