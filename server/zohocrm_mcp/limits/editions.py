"""What an edition of Zoho CRM allows an organisation (Zoho CRM v8 docs, API limits)."""

from __future__ import annotations

from dataclasses import dataclass

DAY_SECONDS = 86_400
UNKNOWN_CONCURRENCY = 10
"""Calls at once where the edition is not known: what every edition but Free allows."""
HEAVY_CONCURRENCY = 10
"""Heavy calls at once, in every edition."""


@dataclass(frozen=True)
class Edition:
    """``credits`` per rolling 24 hours, with ``per_user`` more for each licensed user, up to ``most``."""

    credits: int
    per_user: int
    most: int | None
    concurrency: int


_STANDARD = Edition(50_000, 250, 100_000, 10)
_ENTERPRISE = Edition(50_000, 1_000, 5_000_000, 20)
_ULTIMATE = Edition(50_000, 2_000, None, 25)
EDITIONS = {
    "free": Edition(5_000, 0, 5_000, 5),
    "standard": _STANDARD,
    "starter": _STANDARD,
    "professional": Edition(50_000, 500, 3_000_000, 15),
    "enterprise": _ENTERPRISE,
    "zohoone": _ENTERPRISE,
    "ultimate": _ULTIMATE,
    "crmplus": _ULTIMATE,
}


@dataclass(frozen=True)
class Organisation:
    """What Zoho tells of an organisation. ``key`` names its budget; ``edition`` is empty where it is not known."""

    key: str
    edition: str = ""
    users: int = 0

    @property
    def allows(self) -> Edition | None:
        return EDITIONS.get("".join(letter for letter in self.edition.lower() if letter.isalpha()))

    @property
    def concurrency(self) -> int:
        return self.allows.concurrency if self.allows else UNKNOWN_CONCURRENCY

    @property
    def credits(self) -> int | None:
        """Credits per rolling 24 hours, None where the edition is not known."""
        if self.allows is None:
            return None
        total = self.allows.credits + self.allows.per_user * self.users
        return total if self.allows.most is None else min(total, self.allows.most)
