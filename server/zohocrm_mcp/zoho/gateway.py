"""The gateway: a call waits for its turn, goes out in a worker thread, and is repeated where that does no harm."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import anyio
import anyio.lowlevel
import anyio.to_thread
import stamina

from zohocrm_mcp.errors import UnavailableError, ZohoError, ZohoRateLimitError
from zohocrm_mcp.limits.budget import Permit
from zohocrm_mcp.limits.priority import is_bulk
from zohocrm_mcp.models import Answer, Call
from zohocrm_mcp.observe import writes
from zohocrm_mcp.zoho.exchange import Exchange
from zohocrm_mcp.zoho.organisation import BudgetFinder

MOST_CALLS = 25
"""Calls at once of the largest edition: the budget lets out no more, so that no thread is waited for."""


@dataclass(frozen=True)
class Patience:
    """How often a call is tried, and how long one may wait: for all tries, for its turn, and a job's for its turn.

    In seconds.
    """

    attempts: int = 4
    wait_initial: float = 0.5
    wait_max: float = 8.0
    timeout: float = 30.0
    turn: float = 20.0
    turn_of_bulk: float = 120.0


class SdkGateway:
    """Implements ``api.Gateway`` over a session of the official SDK."""

    def __init__(self, exchange: Exchange, finder: BudgetFinder, *, patience: Patience | None = None) -> None:
        self._exchange, self._finder = exchange, finder
        self._patience = patience or Patience()
        self._threads = anyio.CapacityLimiter(MOST_CALLS)
        self.on_write: list[Callable[[], None]] = []
        """Called after each write, whatever became of it."""

    async def call(self, call: Call) -> Answer:
        """Send the call; see ``errors`` for what it raises. A write whose answer never came is UnknownOutcomeError."""
        began = time.monotonic()
        try:
            return await self._once(call, 0)
        except (ZohoRateLimitError, UnavailableError) as error:
            return await self._repeat(call, error, began)
        finally:
            for tell in () if call.safe else self.on_write:
                tell()

    async def _repeat(self, call: Call, first: ZohoError, began: float) -> Answer:
        """Try again after a ``first`` try that has failed; a call that has not pays nothing for the machinery."""
        left = self._patience.timeout - (time.monotonic() - began)
        if left <= 0:
            raise first
        tries = count()

        async def attempt() -> Answer:
            if (number := next(tries)) == 0:
                raise first
            return await self._once(call, number)

        caller = stamina.AsyncRetryingCaller(
            attempts=self._patience.attempts,
            timeout=left,
            wait_initial=self._patience.wait_initial,
            wait_max=self._patience.wait_max,
        )
        return await caller.on(self._again)(attempt)

    def _again(self, error: Exception) -> bool | float:
        """Throttled calls were not carried out; unavailable ones only read or never reached Zoho."""
        if isinstance(error, ZohoRateLimitError):
            if error.details.get("held_back"):
                return False
            if not error.details["stated"]:
                return True
            return error.retry_after if error.retry_after <= self._patience.wait_max else False
        return isinstance(error, UnavailableError)

    async def _once(self, call: Call, resent: int) -> Answer:
        await (
            anyio.lowlevel.checkpoint_if_cancelled()
        )  # the rest has no other place for it when nothing has to be waited for
        budget = self._finder.found
        if budget is None:
            budget = await anyio.to_thread.run_sync(self._finder.find)
        permit = await budget.enter(call, self._patience.turn_of_bulk if is_bulk() else self._patience.turn)
        try:
            return await self._send(call, permit, resent)
        finally:
            permit.abandon()

    async def _send(self, call: Call, permit: Permit, resent: int) -> Answer:
        if call.safe:
            return await anyio.to_thread.run_sync(
                self._exchange.run, call, permit, resent, limiter=self._threads, abandon_on_cancel=True
            )
        # a write that has begun is waited for: its outcome must be known, except where the whole process ends
        with anyio.CancelScope(shield=True) as waited, writes.sending(waited):
            answer = await anyio.to_thread.run_sync(
                self._exchange.run, call, permit, resent, limiter=self._threads, abandon_on_cancel=True
            )
        return answer  # noqa: RET504 -- a scope may swallow a cancellation, as far as the type checker knows
