"""How long a job waits for what may pass: throttling, outages, locked records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio
import structlog

from zohocrm_mcp.errors import UnavailableError, ZohoError, ZohoRateLimitError

Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")
log = structlog.get_logger(__name__)


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
        await self._patience.sleep(pause)
        return True

    def _pause(self, trouble: ZohoError) -> float:
        patience = self._patience
        if isinstance(trouble, ZohoRateLimitError) and trouble.details["stated"]:
            return max(trouble.retry_after, patience.pause)
        growing: float = patience.pause * 2.0 ** max(self._tries - 1, 0)
        return min(growing, patience.pause_most)
