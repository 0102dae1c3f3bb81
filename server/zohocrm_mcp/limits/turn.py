"""What a process says to the database about one budget. The budget's lock is never held across a statement."""

from __future__ import annotations

from typing import Any

import psycopg

from zohocrm_mcp.limits import locks, rows
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.limits.places import Places

Db = psycopg.Connection[Any]
RETRY_SECONDS = 0.2
"""How soon a place is tried again; a process that was killed frees its places without a word."""
SETTLE_SECONDS = 2.0
"""After a lost connection every process first locks again what it had, before anybody takes more."""
IDLE_SECONDS = 5.0
TELL_SECONDS = 1.0


def join(db: Db, budget: Budget) -> None:
    """Begin to share over a new connection: lock again what was held, and read what the others have met."""
    number, was_away = locks.class_of(budget.organisation.key), bool(budget.away)
    for kind in budget.kinds:
        with budget.lock:
            held = [kind.first + place for place in kind.idle | kind.busy]
        locked = locks.take(db, number, held, len(held)) if held else set()
        with budget.lock:
            kind.regain({place - kind.first for place in locked})
            kind.retry_at = budget.clock() + SETTLE_SECONDS if was_away else float("-inf")
    budget.present = False
    if budget.places.held:
        _be_present(db, budget, number)
    with budget.lock:
        debt, budget.purse.debt = budget.purse.debt, 0
    if debt:
        rows.give_back(db, budget.organisation.key, -debt)
    adopt(db, budget)
    with budget.lock:
        budget.away, budget.joined = "", True


def adopt(db: Db, budget: Budget) -> None:
    """Take over what stands in the row: the throttle, and what is left of the credits."""
    shared = rows.read(db, budget.organisation.key)
    if shared is None:
        return
    with budget.lock:
        now, purse = budget.clock(), budget.purse
        purse.credits, purse.level = shared.credits, shared.level
        if shared.ceiling is not None:
            budget.throttle.adopt(now, shared.ceiling, shared.strikes, shared.age, shared.wait)


def heard(db: Db, budget: Budget, word: str, facts: list[int]) -> None:
    """Act on what another process has told."""
    if word == "throttled":
        adopt(db, budget)
    elif word == "freed":
        with budget.lock:
            for kind in budget.kinds:
                kind.retry_at = min(kind.retry_at, budget.clock())
    elif word == "want":
        first, held, wanted = facts
        processes = max(locks.others(db, locks.class_of(budget.organisation.key)), 1) + 1
        with budget.lock:
            budget.processes = processes
            for kind in budget.kinds:
                if kind.first == first:
                    kind.asked(budget.clock(), held_there=held, wanted=wanted, processes=processes)


def turn(db: Db, budget: Budget) -> None:
    """Do everything that is due."""
    number = locks.class_of(budget.organisation.key)
    _tell_of_429(db, budget, number)
    _state(db, budget)
    _borrow(db, budget)
    _give(db, budget, number)
    for kind in budget.kinds:
        _take(db, budget, kind, number)
    with budget.lock:
        budget.pump()
        idle = not budget.places.busy and not len(budget.line)
        if idle and budget.clock() - budget.last_used >= IDLE_SECONDS:
            for kind in budget.kinds:
                kind.give_all()
    _give(db, budget, number)
    _rest(db, budget, number)


def next_turn(budget: Budget) -> float | None:
    """Return the seconds until something is due by itself, None: nothing is."""
    with budget.lock:
        now, due = budget.clock(), list[float]()
        if len(budget.line):
            if now < budget.throttle.until:
                due.append(budget.throttle.until - now)
            else:
                due += [kind.retry_at - now for kind in budget.kinds if budget.lacks(kind)]
                due += [RETRY_SECONDS] if budget.throttle.allowed(now) < budget.limit else []
            if budget.purse.left < _dearest(budget):
                due.append(budget.purse.retry_at - now)
        if budget.places.held or budget.purse.left:
            busy = len(budget.line) or budget.places.busy
            due.append(IDLE_SECONDS if busy else budget.last_used + IDLE_SECONDS - now)
        if budget.purse.stated is not None or budget.purse.unstated:
            due.append(budget.purse.tell_at - now)
        return max(min(due), 0.01) if due else None


def _dearest(budget: Budget) -> int:
    """Return the highest price of a waiting call."""
    return max((ticket.price.credits for ticket in budget.line.all()), default=0)


def _tell_of_429(db: Db, budget: Budget, number: int) -> None:
    with budget.lock:
        ceiling, strikes, wait = budget.throttle.shared(budget.clock())
        news, budget.news = budget.news, False
    if news:
        rows.throttled(db, budget.organisation.key, ceiling, strikes, wait)
        locks.tell(db, number, "throttled")


def _state(db: Db, budget: Budget) -> None:
    purse = budget.purse
    with budget.lock:
        now = budget.clock()
        if not purse.has_news(now):
            return
        left, unspent = purse.stated, purse.left
        purse.stated, purse.unstated, purse.tell_at = None, False, now + TELL_SECONDS
    if left is None:
        level = rows.unstated(db, budget.organisation.key)
    else:
        rows.stated(db, budget.organisation.key, left, unspent)
        level = float(max(left - unspent, 0))
    with budget.lock:
        purse.level = purse.level if level is None else level


def _borrow(db: Db, budget: Budget) -> None:
    purse = budget.purse
    with budget.lock:
        used_now = len(budget.line) or budget.clock() - budget.last_used < IDLE_SECONDS
        wanted = purse.wanted(budget.clock(), _dearest(budget)) if used_now else 0
    if not wanted:
        return
    lent, level = rows.lend(db, budget.organisation.key, wanted)
    with budget.lock:
        purse.receive(budget.clock(), lent, level)
        budget.pump()
        if not lent:
            budget.refuse_for_credits()


def _give(db: Db, budget: Budget, number: int) -> None:
    freed = False
    for kind in budget.kinds:
        with budget.lock:
            places = [kind.first + place for place in kind.returning]
        if places:
            locks.give(db, number, places)
            with budget.lock:
                kind.returning.difference_update(place - kind.first for place in places)
            freed = True
    if freed:
        locks.tell(db, number, "freed")


def _take(db: Db, budget: Budget, kind: Places, number: int) -> None:
    """Lock as many more places as there are calls waiting for one, and ask the others for what is missing."""
    with budget.lock:
        now = budget.clock()
        waiting, interactive = budget.waiting_for(kind)
        if not waiting or now < kind.retry_at or now < budget.throttle.until:
            return
        allowed = min(budget.throttle.allowed(now), kind.size)
        free, most = kind.to_try(now, waiting, interactive, allowed, budget.processes)
    _be_present(db, budget, number)
    found = locks.take(db, number, [kind.first + place for place in free], most) if free and most else set()
    with budget.lock:
        kind.idle |= {place - kind.first for place in found}
        budget.pump()
        waiting, _ = budget.waiting_for(kind)
        kind.retry_at = budget.clock() + RETRY_SECONDS
        wanted = waiting if kind.held < allowed else 0
        held = kind.held
    if wanted and len(found) < most:
        locks.tell(db, number, "want", kind.first, held, wanted)


def _rest(db: Db, budget: Budget, number: int) -> None:
    """A process that holds nothing and wants nothing does not count, and keeps no credits."""
    with budget.lock:
        if budget.places.held or len(budget.line) or budget.clock() - budget.last_used < IDLE_SECONDS:
            return
        unspent, budget.purse.left = budget.purse.left, 0
    if unspent:
        rows.give_back(db, budget.organisation.key, unspent)
    if budget.present:
        locks.be_absent(db, number)
        budget.present = False


def _be_present(db: Db, budget: Budget, number: int) -> None:
    if not budget.present:
        locks.be_present(db, number)
        budget.present = True
