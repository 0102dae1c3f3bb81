"""Who goes first: a person who waits for an answer, before a job with thousands of calls to make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_BULK: ContextVar[bool] = ContextVar("bulk", default=False)


@contextmanager
def bulk() -> Iterator[None]:
    """Mark every call of the block, and of the tasks that it starts, as part of a job."""
    token = _BULK.set(True)
    try:
        yield
    finally:
        _BULK.reset(token)


def is_bulk() -> bool:
    """Whether the call being made is part of a job."""
    return _BULK.get()
