"""A look at a budget over all processes, for people and models."""

from __future__ import annotations

import math
from dataclasses import dataclass

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.limits import locks, rows
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.observe import meters


@dataclass(frozen=True)
class Seen:
    """``credits`` and ``left`` are None where the edition is not known; ``throttled`` is in seconds from now."""

    credits: int | None
    left: int | None
    stated: bool
    allowed: int
    in_use: int
    held_elsewhere: int
    waiting: int
    throttled: float
    trouble: str


def look(database: Database, budget: Budget) -> Seen:
    """Return what is known; where the database is away, what this process knows by itself."""
    shared, held, trouble = None, 0, ""
    try:
        with database.connection() as db:
            shared = rows.read(db, budget.organisation.key)
            held = locks.held(db, locks.class_of(budget.organisation.key))
    except ZohoDatabaseError as error:
        trouble = f"limits are not shared with other processes for the moment: {error.message}"
    with budget.lock:
        now, purse = budget.clock(), budget.purse
        level = shared.level if shared else purse.level
        day = shared.credits if shared else purse.credits
        return Seen(
            credits=None if day is None else int(day),
            left=None if level is None else int(min(max(int(level) + purse.left, 0), math.inf if day is None else day)),
            stated=bool(shared and shared.stated),
            allowed=budget.throttle.allowed(now),
            in_use=len(budget.places.busy),
            held_elsewhere=max(held - budget.places.held - len(budget.places.returning), 0),
            waiting=len(budget.line),
            throttled=max(budget.throttle.until - now, 0.0),
            trouble=trouble,
        )


def levels(budget: Budget) -> list[tuple[meters.Meter, float]]:
    """Return what this process knows by itself, without a word to the database."""
    with budget.lock:
        left = budget.purse.total
        known = [] if left is None else [(meters.ZOHO_CREDITS, float(left))]
        return [
            *known,
            (meters.ZOHO_SLOTS, float(len(budget.places.busy))),
            (meters.ZOHO_SLOTS_LIMIT, float(budget.limit)),
            (meters.ZOHO_WAITING, float(len(budget.line))),
        ]
