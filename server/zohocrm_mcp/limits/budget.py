"""What one organisation allows, as one process makes use of it.

A call is let out without a word to the database as long as the process has a place and credits left of what it has
locked and borrowed. Everything else is done by ``turn``, in the thread that talks to the database.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import anyio

from zohocrm_mcp.errors import ZohoRateLimitError
from zohocrm_mcp.limits.editions import HEAVY_CONCURRENCY, Organisation
from zohocrm_mcp.limits.locks import FIRST_HEAVY
from zohocrm_mcp.limits.places import Places
from zohocrm_mcp.limits.prices import Price, price_of
from zohocrm_mcp.limits.priority import is_bulk
from zohocrm_mcp.limits.purse import Purse
from zohocrm_mcp.limits.throttle import USUAL, Pace, Throttle
from zohocrm_mcp.limits.waiting import MOST, Line, Ticket
from zohocrm_mcp.models import Call

Clock = Callable[[], float]


class Budget:
    """Safe to use from any thread and event loop.

    Args:
        organisation: whose budget it is.
        limit: calls at once over all processes.
        wake: makes the thread that talks to the database take a turn.
    """

    def __init__(
        self,
        organisation: Organisation,
        limit: int,
        wake: Callable[[], None],
        *,
        pace: Pace = USUAL,
        clock: Clock = time.monotonic,
    ) -> None:
        self.organisation, self.limit = organisation, limit
        self.lock = threading.RLock()
        self.clock = clock
        reserved = 1 if limit > 1 else 0
        self.places = Places(limit, reserved, 0)
        self.heavy = Places(HEAVY_CONCURRENCY, 1, FIRST_HEAVY) if limit > HEAVY_CONCURRENCY else None
        self.kinds = [self.heavy, self.places] if self.heavy else [self.places]
        self.throttle = Throttle(limit, min(limit, 2), pace)
        self.purse, self.line = Purse(organisation.credits), Line()
        self.processes, self.last_used, self.away = 1, float("-inf"), ""
        self.news = False
        """A 429 that the other processes have not been told of."""
        self.joined = False
        """Whether this process has ever shared: otherwise it has nothing to go on with without the database."""
        self.present = False
        """Whether this process counts as one that shares the organisation; the database thread's alone."""
        self._wake = wake

    async def enter(self, call: Call, seconds: float) -> Permit:
        """Wait, for ``seconds`` at most, until the call may go out.

        Raises:
            ZohoRateLimitError: it may not; nothing was sent.
        """
        loop = asyncio.get_running_loop()
        ticket = Ticket(price_of(call), is_bulk(), loop, loop.create_future())
        with self.lock:
            self.last_used = self.clock()
            if self.line.behind(ticket) or not self._grant(ticket):
                self._admit(ticket, seconds)
                self.line.add(ticket)
            wake = len(self.line) == 1 or self.needs_turn(self.last_used)
        if wake:
            self._wake()
        if ticket.places is None:
            await self._wait(ticket, seconds)
        assert ticket.places is not None
        return Permit(self, ticket.price, *ticket.places, sent=self.clock())

    async def _wait(self, ticket: Ticket, seconds: float) -> None:
        try:
            with anyio.fail_after(seconds):
                await ticket.future
        except BaseException as error:
            with self.lock:
                self.line.discard(ticket)
                if ticket.places is not None:
                    self.leave(*ticket.places)
            if isinstance(error, TimeoutError):
                raise self._held_back(seconds) from None
            raise

    def _admit(self, ticket: Ticket, seconds: float) -> None:
        """Refuse at once what would wait in vain."""
        now = self.clock()
        if self.throttle.until - now > seconds:
            raise _refusal("Zoho has asked this organisation to wait", self.throttle.until - now)
        if self.purse.is_empty(now, ticket.price.credits):
            raise self._no_credits(ticket.price)
        if len(self.line) >= MOST:
            raise _refusal(f"{MOST} calls are waiting already", seconds)

    def _grant(self, ticket: Ticket) -> bool:
        """Give a call its places and credits, if all of them are there."""
        now = self.clock()
        if now < self.throttle.until or self.purse.left < ticket.price.credits:
            return False
        allowed = self.throttle.allowed(now)
        heavy = None
        if ticket.price.heavy and self.heavy:
            heavy = self.heavy.pick(min(allowed, self.heavy.size), bulk=ticket.bulk)
            if heavy is None:
                return False
        place = self.places.pick(allowed, bulk=ticket.bulk)
        if place is None:
            if heavy is not None and self.heavy:
                self.heavy.free(heavy)
            return False
        self.purse.spend(ticket.price.credits)
        ticket.places = (place, heavy)
        return True

    def leave(self, place: int, heavy: int | None) -> None:
        """A call has ended: its places go to the next one."""
        with self.lock:
            self.last_used = self.clock()
            self.places.free(place)
            if heavy is not None and self.heavy:
                self.heavy.free(heavy)
            self.pump()
            wake = self.needs_turn(self.last_used)
        if wake:
            self._wake()

    def pump(self) -> None:
        """Let out whoever may go. The lock is held."""
        while ticket := next((head for head in self.line.heads() if self._grant(head)), None):
            self.line.served(ticket)
            ticket.wake()

    def needs_turn(self, now: float) -> bool:
        """Whether something is to be done that only the database can do."""
        return (
            self.news
            or self.purse.has_news(now)
            or bool(self.purse.wanted(now))
            or any(kind.returning or (now >= kind.retry_at and self.lacks(kind)) for kind in self.kinds)
        )

    def lacks(self, kind: Places) -> bool:
        """Whether calls wait that more places of a kind would let out."""
        return bool(len(self.line)) and kind.held < kind.size and self.waiting_for(kind)[0] > 0

    def waiting_for(self, kind: Places) -> tuple[int, int]:
        """Return how many calls wait for a place of a kind, and how many of them are interactive."""
        light, heavy = ([self.line.count(bulk=bulk, heavy=heavy) for bulk in (None, False)] for heavy in (False, True))
        if kind is self.heavy:
            return heavy[0], heavy[1]
        most = len(self.heavy.idle) if self.heavy else heavy[0]  # of no use to a heavy call alone
        return light[0] + min(heavy[0], most), light[1] + min(heavy[1], most)

    def throttled(self, sent: float, stated: float | None) -> float:
        """Zoho has answered 429 to a call sent at ``sent``; ``stated`` are the seconds it asks for, if it does.

        Returns the seconds for which this process sends nothing.
        """
        with self.lock:
            now = self.clock()
            self.news = self.throttle.hit(now, sent, stated) or self.news
            wait = max(self.throttle.until - now, 0.0)
        self._wake()
        return wait

    def refuse_for_credits(self) -> None:
        """The bucket is empty: nobody need wait for it. The lock is held."""
        now = self.clock()
        for ticket in self.line.all():
            if self.purse.is_empty(now, ticket.price.credits):
                self.line.discard(ticket)
                ticket.wake(self._no_credits(ticket.price))

    def _no_credits(self, price: Price) -> ZohoRateLimitError:
        wait = max(self.purse.refilled_in(price.credits), 1.0)
        return _refusal("The API credits of this organisation for 24 hours are used up", wait)

    def _held_back(self, seconds: float) -> ZohoRateLimitError:
        with self.lock:
            now = self.clock()
            wait = max(self.throttle.until - now, 1.0)
            allowed = self.throttle.allowed(now)
        why = self.away or f"All {allowed} calls that this organisation may have under way at once were taken"
        return _refusal(f"{why} for {seconds:.0f} seconds", wait)


@dataclass
class Permit:
    """The right to send one call. ``leave`` it when the call has ended, in whatever thread and way."""

    budget: Budget
    price: Price
    place: int
    heavy: int | None
    sent: float
    _begun: bool = False
    _left: bool = False

    def begin(self) -> bool:
        """Claim the permit for the thread that sends; False: it was given up meanwhile."""
        with self.budget.lock:
            self._begun = not self._left
            return self._begun

    def abandon(self) -> None:
        """Give the permit up, unless a thread is sending: then that thread will."""
        with self.budget.lock:
            if not self._begun:
                self.leave()

    def leave(self) -> None:
        with self.budget.lock:
            if self._left:
                return
            self._left = True
        self.budget.leave(self.place, self.heavy)

    def answered(self, left: int | None) -> None:
        """Tell what the answer has stated of the credits left, None: nothing."""
        with self.budget.lock:
            self.budget.purse.hear(left)
            self.budget.throttle.passed(self.sent)

    def throttled(self, stated: float | None) -> float:
        return self.budget.throttled(self.sent, stated)


def _refusal(why: str, seconds: float) -> ZohoRateLimitError:
    return ZohoRateLimitError(
        f"{why}; this server held the call back and nothing was sent.", retry_after=seconds, held_back=True
    )
