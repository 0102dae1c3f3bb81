"""The credits that a process has been lent, so that a call need not ask the database."""

from __future__ import annotations

from dataclasses import dataclass

LEAST, MOST = 50, 1000
_SHARE = 100
"""A hundredth of a day's credits is lent at once."""
_AGAIN_SECONDS = 1.0


@dataclass
class Purse:
    """Guarded by its owner's lock. ``level`` is what was left in the bucket when it was last looked at."""

    credits: float | None = None
    level: float | None = None
    left: int = 0
    spent: int = 0
    retry_at: float = float("-inf")
    stated: int | None = None
    """What Zoho has stated since the database was last told."""
    unstated: bool = False
    debt: int = 0
    """Taken while the database was away."""
    tell_at: float = float("-inf")

    @property
    def loan(self) -> int:
        return MOST // 2 if self.credits is None else min(max(int(self.credits) // _SHARE, LEAST), MOST)

    @property
    def total(self) -> float | None:
        """Credits left for everybody, as far as is known here."""
        return None if self.level is None else max(self.level, 0.0) + self.left

    def spend(self, price: int) -> bool:
        if self.left < price:
            return False
        self.left -= price
        self.spent += price
        return True

    def wanted(self, now: float, price: int = 0) -> int:
        """Return how many credits to borrow now."""
        if now < self.retry_at or self.left >= max(self.loan // 2, price):
            return 0
        return self.loan - self.left + price

    def receive(self, now: float, lent: int, level: float | None) -> None:
        self.left += lent
        self.level = level
        if not lent:
            self.retry_at = now + _AGAIN_SECONDS

    def help_itself(self) -> None:
        """The database is away: go on with one loan, to be owned up to when it is back."""
        taken = max(self.loan - self.left, 0)
        self.left, self.debt = self.left + taken, self.debt + taken

    def is_empty(self, now: float, price: int) -> bool:
        """Whether the bucket has just been seen to hold nothing more."""
        return self.left < price and now < self.retry_at

    def refilled_in(self, price: int) -> float:
        """Seconds until the rolling 24 hours have freed the price of a call."""
        rate = (self.credits or 0) / 86_400
        return (price - self.left - (self.level or 0.0)) / rate if rate else 60.0

    def hear(self, left: int | None) -> None:
        """Take note of what an answer states (``X-API-CREDITS-REMAINING``); it does so once half is used."""
        if left is not None:
            self.stated, self.left = left, min(self.left, left)
        elif self.credits and self.level is not None and self.level < self.credits / 2:
            self.unstated = True

    def has_news(self, now: float) -> bool:
        return now >= self.tell_at and (self.stated is not None or self.unstated)
