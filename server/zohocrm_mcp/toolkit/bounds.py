"""How many calls run at once, and for how long. What is over the bound is refused at once; nothing waits in a queue."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from zohocrm_mcp.errors import UnavailableError, UnknownOutcomeError, ZohoError, ZohoRateLimitError
from zohocrm_mcp.observe import writes
from zohocrm_mcp.toolkit.calling import caller
from zohocrm_mcp.toolkit.protocol import protocol_error

RETRY_SECONDS = 2.0
"""After how long somebody who was refused may come again: most calls take less."""

ASK_SECONDS = 600.0
"""How long a person may think about a question that a call has put; as long as a confirmation holds."""

_REACHING = frozenset({"resources/read", "completion/complete"})
"""Requests beside tool calls that may go to Zoho."""


@dataclass(eq=False)
class _Held:
    """A call under way."""

    scope: anyio.CancelScope
    seconds: float
    writes: writes.Writes | None
    ending: bool = False


@dataclass
class Bounds:
    """The calls of a process: ``calls`` in all, ``calls_of_one`` of one caller, each at most ``seconds``."""

    calls: float = math.inf
    calls_of_one: float = math.inf
    seconds: float = math.inf
    _held: set[_Held] = field(default_factory=set)
    _of_callers: Counter[str] = field(default_factory=Counter)
    _idle: anyio.Event = field(default_factory=anyio.Event)

    @asynccontextmanager
    async def held(self, by: str) -> AsyncIterator[None]:
        """Hold a place for a call of ``by``.

        Raises:
            ZohoRateLimitError: there is none.
            UnavailableError: the call took too long or the server ends, and it has changed nothing.
            UnknownOutcomeError: the same, and it has sent a change.
        """
        self._admit(by)
        with self._place(by) as held:
            with held.scope:
                yield
            if held.scope.cancelled_caught:
                raise _cut(held, writes.sent())

    def count(self) -> int:
        """How many calls are under way."""
        return len(self._held)

    async def ended(self) -> None:
        """Wait until no call is under way."""
        while self._held:
            await self._idle.wait()

    def end(self) -> None:
        """Cut every call short. A change that is on its way is waited for; the answer says whether one was sent."""
        for held in self._held:
            held.ending = True
            held.scope.cancel()

    def give_up(self) -> None:
        """Wait no longer for changes that are on their way either; after `end`."""
        for held in self._held:
            if held.writes:
                held.writes.give_up()

    def _admit(self, by: str) -> None:
        if len(self._held) >= self.calls:
            raise _refused(f"This server has {self.calls:.0f} calls under way, and takes no more at once.")
        if self._of_callers[by] >= self.calls_of_one:
            raise _refused(f"You have {self.calls_of_one:.0f} calls under way, and may have no more at once.")

    @contextmanager
    def _place(self, by: str) -> Iterator[_Held]:
        scope = anyio.CancelScope(deadline=anyio.current_time() + self.seconds)
        held = _Held(scope, self.seconds, writes.under_way())
        token = _under_way.set(held)
        self._held.add(held)
        self._of_callers[by] += 1
        try:
            yield held
        finally:
            _under_way.reset(token)
            self._held.discard(held)
            self._of_callers[by] -= 1
            if not self._of_callers[by]:
                del self._of_callers[by]
            if not self._held:
                self._idle.set()
                self._idle = anyio.Event()


_under_way: ContextVar[_Held | None] = ContextVar("call_under_way", default=None)


def person_asked() -> None:
    """Give the call under way the time that a person needs to answer."""
    _grant(ASK_SECONDS)


def person_answered() -> None:
    """Let the time of the call under way begin anew."""
    held = _under_way.get()
    _grant(held.seconds if held else math.inf)


def _grant(seconds: float) -> None:
    held = _under_way.get()
    if held:
        held.scope.deadline = anyio.current_time() + seconds


def bounded(bounds: Bounds) -> ServerMiddleware[Any]:
    """Return the middleware that holds places for requests that are no tool calls and may go to Zoho all the same."""

    async def hold(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method not in _REACHING:
            return await call_next(ctx)
        try:
            async with bounds.held(caller().name):
                return await call_next(ctx)
        except ZohoError as error:
            raise protocol_error(error) from error
        raise AssertionError("not reached")

    return hold


def _refused(sentence: str) -> ZohoRateLimitError:
    hint = f"Wait for answers, then call again; {RETRY_SECONDS:.0f} seconds help mostly."
    return ZohoRateLimitError(sentence, retry_after=RETRY_SECONDS, hint=hint)


def _cut(held: _Held, sent: int) -> ZohoError:
    why = "The server is ending" if held.ending else f"The call took more than {held.seconds:g} seconds"
    if sent:
        return UnknownOutcomeError(
            f"{why}, after it had sent {'a change' if sent == 1 else f'{sent} changes'} to Zoho.",
            hint="Read the records before you write them again; list_jobs shows a job that goes on.",
        )
    again = "Call again" if held.ending else "Ask for less at once, or call again"
    return UnavailableError(f"{why}; it has changed nothing.", hint=f"{again}.")
