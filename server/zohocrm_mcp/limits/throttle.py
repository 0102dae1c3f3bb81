"""After a 429: everybody pauses, goes on with half as many calls at once, and comes back one by one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Seconds. Zoho documents no Retry-After, so the pause is a guess that doubles until a call gets through again.

    ``recover``: one more call at once every so many seconds.
    """

    pause: float = 0.5
    pause_most: float = 60.0
    recover: float = 1.0


USUAL = Pace()
_MOST_STRIKES = 16
"""More do not make a pause longer."""


class Throttle:
    """The state of one organisation in one process; times are seconds of the caller's clock.

    Args:
        most: calls at once when nothing is wrong.
        least: what is never gone below.
    """

    def __init__(self, most: int, least: int, pace: Pace) -> None:
        self._most, self._least, self._pace = most, least, pace
        self._ceiling, self._strikes = most, 0
        self.since = self.until = float("-inf")

    def allowed(self, now: float) -> int:
        """Return how many calls at once are allowed."""
        if self._ceiling >= self._most:
            return self._most
        if now < self.until:
            return self._ceiling
        grown = self._ceiling + int((now - self.until) / self._pace.recover)
        if grown >= self._most:
            self._ceiling = self._most
        return min(self._most, grown)

    def hit(self, now: float, sent: float, stated: float | None) -> bool:
        """Take note of a 429 for a call that was sent at ``sent``; ``stated`` is Zoho's Retry-After.

        Of calls that were under way together the first counts. Returns whether this one did.
        """
        if sent <= self.since:
            before, self.until = self.until, max(self.until, now + (stated or 0.0))
            return self.until > before
        self._strikes = min(self._strikes + 1, _MOST_STRIKES)
        pause = min(self._pace.pause * 2.0 ** (self._strikes - 1), self._pace.pause_most)
        self._ceiling = max(self._least, min(self.allowed(now), self._most) // 2)
        self.since, self.until = now, now + (pause if stated is None else stated)
        return True

    def passed(self, sent: float) -> None:
        """A call that was sent at ``sent`` was not refused: the next 429 is a first one again."""
        if sent >= self.until:
            self._strikes = 0

    def shared(self, now: float) -> tuple[int, int, float]:
        """Return ceiling, strikes and the seconds to wait, as the other processes need them."""
        return self._ceiling, self._strikes, max(self.until - now, 0.0)

    def adopt(self, now: float, ceiling: int, strikes: int, age: float, wait: float) -> None:
        """Take over what another process has met ``age`` seconds ago; ``wait`` is negative when its pause is over."""
        if now - age <= self.since and now + wait <= self.until:
            return
        self._ceiling, self._strikes = max(self._least, min(ceiling, self._most)), strikes
        self.since, self.until = max(self.since, now - age), max(self.until, now + wait)
