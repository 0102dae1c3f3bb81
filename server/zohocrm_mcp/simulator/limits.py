"""Credits per rolling 24 hours, and calls at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from zohocrm_mcp.simulator.clock import Clock
from zohocrm_mcp.simulator.log import Counters
from zohocrm_mcp.simulator.settings import Settings
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Refusal

DAY_SECONDS = 86_400
BUCKET_SECONDS = 60


@guessed("message of the 429 answer; credits that are used up and too many calls at once look alike; no Retry-After")
@known("Zoho CRM v8 docs, API limits: HTTP 429 TOO_MANY_REQUESTS")
def too_many() -> Refusal:
    return Refusal("TOO_MANY_REQUESTS", "too many requests. please try again after some time", status=429)


@known("Zoho CRM v8 docs, API limits: credits and concurrency by edition, sub-concurrency 10 for heavy calls")
class Limits:
    """The limits of one organisation. ``header`` is the remaining credits once half of them are used."""

    def __init__(self, settings: Settings, clock: Clock, users: int, counters: Counters) -> None:
        self._settings, self._clock, self._users, self._counters = settings, clock, users, counters
        self._buckets: deque[list[int]] = deque()
        self._used = 0
        self.running = 0
        self.heavy_running = 0

    @property
    def total(self) -> int:
        return self._settings.credits_per_day or self._settings.edition.credits_per_day(self._users)

    @property
    def concurrency(self) -> int:
        return self._settings.concurrency or self._settings.edition.concurrency

    @property
    def used(self) -> int:
        oldest = int(self._clock.now() - DAY_SECONDS)
        while self._buckets and self._buckets[0][0] <= oldest:
            self._used -= self._buckets.popleft()[1]
        return self._used

    def charge(self, credits: int) -> None:  # noqa: A002
        """Take credits, or refuse the call when there are not enough."""
        if self._settings.enforce_limits and self.used + credits > self.total:
            raise too_many()
        minute = int(self._clock.now()) // BUCKET_SECONDS * BUCKET_SECONDS
        if not self._buckets or self._buckets[-1][0] < minute:
            self._buckets.append([minute, 0])
        self._buckets[-1][1] += credits
        self._used += credits
        self._counters.credits += credits

    @known("Zoho CRM v8 docs: X-API-CREDITS-REMAINING comes only after half of the credits are used")
    def header(self) -> dict[str, str]:
        used, total = self.used, self.total
        return {"X-API-CREDITS-REMAINING": str(max(total - used, 0))} if used * 2 > total else {}

    @contextmanager
    def slot(self, *, heavy: bool) -> Iterator[None]:
        """One place among the calls at once; refuses the call when all are taken."""
        full = self.running >= self.concurrency or (heavy and self.heavy_running >= self._settings.heavy_concurrency)
        if full and self._settings.enforce_limits:
            raise too_many()
        self.running += 1
        self.heavy_running += heavy
        try:
            yield
        finally:
            self.running -= 1
            self.heavy_running -= heavy

    def reset(self) -> None:
        self._buckets.clear()
        self._used = 0
