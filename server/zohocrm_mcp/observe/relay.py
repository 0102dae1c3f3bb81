"""Log lines on their way to whoever is calling: what happened and a few plain facts, whatever the process itself logs.

Names of facts are let through, not kept back, so that no traceback, value or secret gets out by a new name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

from structlog.types import EventDict, Processor, WrappedLogger

Fact: TypeAlias = str | int | float | bool
Listener: TypeAlias = Callable[[str, str, dict[str, Fact]], None]
"""Called with level, logger and facts, in whatever thread the line was written."""

FACTS = (
    *("event", "call_id", "tool", "kind", "message", "reason", "hint", "connection", "module", "job_id", "state"),
    *("attempt", "seconds", "done", "total", "succeeded", "failed"),
)
_LEVELS = {"warn": "warning", "exception": "error", "fatal": "critical"}
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let ``listener`` hear what is logged in here, in tasks and threads begun in here too."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def relay(mask: Processor) -> Processor:
    """Return the processor that lets the listener hear a line; it comes after the context and before the level."""

    def hand_over(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        if listener := _listener.get():
            shown = mask(logger, method, {name: event[name] for name in FACTS if isinstance(event.get(name), Fact)})
            assert isinstance(shown, dict)
            listener(_LEVELS.get(method, method), str(logger.name), shown)
        return event

    return hand_over
