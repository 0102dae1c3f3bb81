"""Whether the call under way has sent a change to Zoho: what must be known when it is cut short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import anyio

from zohocrm_mcp.errors import UnknownOutcomeError, ZohoError


@dataclass
class Writes:
    """``sent``: changes that Zoho has made or may have made; those that it refused are not among them."""

    sent: int = 0
    _waited: set[anyio.CancelScope] = field(default_factory=set)

    def give_up(self) -> None:
        """Wait no longer for changes on their way, once the call is cancelled: nobody is left to wait."""
        for waited in list(self._waited):
            waited.shield = False


_of_call: ContextVar[Writes | None] = ContextVar("writes", default=None)


@contextmanager
def counted() -> Iterator[Writes]:
    """Count the changes that are sent within the block, in tasks and threads that it starts too."""
    writes = Writes()
    token = _of_call.set(writes)
    try:
        yield writes
    finally:
        _of_call.reset(token)


@contextmanager
def sending(waited: anyio.CancelScope) -> Iterator[None]:
    """Count the change that is sent within the block; not one of which an error says that it was not made.

    ``waited`` shields the block from being cancelled, until the call's changes are given up.
    """
    writes = under_way() or Writes()
    writes.sent += 1
    writes._waited.add(waited)  # noqa: SLF001 -- of this module
    try:
        yield
    except ZohoError as error:
        if not isinstance(error, UnknownOutcomeError):
            writes.sent -= 1
        raise
    finally:
        writes._waited.discard(waited)  # noqa: SLF001 -- of this module


def under_way() -> Writes | None:
    """Return the changes of the call under way; None outside of one."""
    return _of_call.get()


def sent() -> int:
    """How many changes the call under way has sent."""
    writes = under_way()
    return writes.sent if writes else 0
