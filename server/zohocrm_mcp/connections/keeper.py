"""One access token for everybody: any number of threads, processes and machines make one token call per expiry.

In a process a lock per connection lets one thread through; across processes ``SELECT … FOR UPDATE`` on the connection's
row does. A failed refresh stands in the row as well, so that nobody repeats it before its time. A token that ends soon
is renewed beside the calls, which go on with it.
"""

from __future__ import annotations

import contextvars
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from zohocrm_mcp.connections.keyring import KeyRing
from zohocrm_mcp.connections.refreshing import Refresher
from zohocrm_mcp.connections.rows import ConnectionRow
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoAuthError, ZohoError
from zohocrm_mcp.observe.logging import get_logger

EARLY_SECONDS = 240.0
EARLY_JITTER_SECONDS = 120.0
LAST_SECONDS = 10.0
QUIET_SECONDS = 15.0
CLOSE_SECONDS = 5.0
WITHDRAWALS, WITHDRAWAL_SECONDS = 3, 120.0
"""So many refused tokens in so many seconds are no accident: asking for more would only use up Zoho's ten."""

log = get_logger(__name__)


@dataclass
class Held:
    """An access token in memory. ``ends`` and ``renew_at`` are seconds of the keeper's clock."""

    token: str
    generation: int
    ends: float
    renew_at: float
    scopes: str = ""

    def __repr__(self) -> str:
        return f"Held(generation {self.generation})"


class TokenKeeper:
    """Hands out access tokens; refreshes them early, once, and never lets a good one be blocked by a dead database."""

    def __init__(
        self,
        database: Database,
        ring: KeyRing,
        client: httpx2.Client,
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._refresher = Refresher(database, ring, client)
        self._clock, self._jitter = clock, jitter
        self._held: dict[str, Held] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._withdrawals: dict[str, deque[float]] = {}

    def current(self, connection: str) -> Held:
        """Return a usable access token.

        Raises:
            ZohoAuthError: nobody is signed in under this name, or Zoho refuses the sign-in.
            ZohoRateLimitError: the token endpoint is throttled; ``retry_after`` says how long.
            UnavailableError: the token server does not answer.
            ZohoConfigError: the stored tokens are sealed under a key that is not here.
            ZohoDatabaseError: the store does not answer and no usable token is held.
        """
        held, now = self._held.get(connection), self._clock()
        if held and now < held.renew_at:
            return held
        if held and now < held.ends - LAST_SECONDS:
            self._renew_beside(connection, held)
            return held
        with self._lock(connection):
            held = self._held.get(connection)
            return held if held and self._clock() < held.renew_at else self._renew(connection)

    def withdraw(self, connection: str, generation: int) -> None:
        """Zoho has refused this token (401): the next caller gets another one, unless there is one already.

        Raises:
            ZohoAuthError: Zoho has refused several new tokens in a row.
            ZohoDatabaseError: the store does not answer.
        """
        with self._lock(connection):
            held = self._held.get(connection)
            if held is None or held.generation > generation:
                return
            self._brake(connection)
            self._refresher.withdraw(connection, generation)
            self._held.pop(connection, None)

    def forget(self, connection: str) -> None:
        """Drop what is held in memory, after a sign-in or sign-out."""
        self._held.pop(connection, None)

    def close(self) -> None:
        """Wait, not for long, for renewals that are under way."""
        for lock in list(self._locks.values()):
            if lock.acquire(timeout=CLOSE_SECONDS):
                lock.release()

    def _lock(self, connection: str) -> threading.Lock:
        return self._locks.setdefault(connection, threading.Lock())

    def _renew_beside(self, connection: str, held: Held) -> None:
        """Renew in a thread of its own, unless one does so already."""
        if self._lock(connection).acquire(blocking=False):
            work = (self._renew_or_postpone, connection, held)
            threading.Thread(
                target=contextvars.copy_context().run, args=work, name=f"token of {connection}", daemon=True
            ).start()

    def _renew_or_postpone(self, connection: str, held: Held) -> None:
        try:
            self._renew(connection)
        except ZohoError as error:
            log.warning("token.refresh_postponed", connection=connection, reason=error.message)
        finally:
            held.renew_at = self._clock() + QUIET_SECONDS
            self._lock(connection).release()

    def _renew(self, connection: str) -> Held:
        held = self._held.get(connection)
        row = self._refresher.renew(connection, held.generation if held else None, least_seconds=LAST_SECONDS)
        self._held[connection] = renewed = self._hold(row)
        return renewed

    def _hold(self, row: ConnectionRow) -> Held:
        assert row.access_token is not None
        now, left = self._clock(), row.seconds_left or 0.0
        early = min(EARLY_SECONDS + EARLY_JITTER_SECONDS * self._jitter(), left / 2)
        return Held(row.access_token, row.generation, now + left, now + left - early, row.scopes)

    def _brake(self, connection: str) -> None:
        now, recent = self._clock(), self._withdrawals.setdefault(connection, deque())
        while recent and recent[0] < now - WITHDRAWAL_SECONDS:
            recent.popleft()
        if len(recent) >= WITHDRAWALS:
            raise ZohoAuthError(
                f"Zoho refuses every access token that it gives to the sign-in {connection!r}.",
                hint="Run `zohocrm-mcp doctor`: the tokens may be of another data centre or environment.",
            )
        recent.append(now)
