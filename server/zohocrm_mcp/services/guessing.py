"""What a misspelled text may have meant. Similarity takes a millisecond for each, so a call with many looks for few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
MOST_GUESSED = 20
"""Texts of a call with many records of which is found out what they may have meant: a person reads no more."""

Text = tuple[str, str]
"""What kind of text it is, and the text."""

_guessed: ContextVar[dict[Text, list[Any]] | None] = ContextVar("guessed", default=None)


@contextmanager
def guessing_little() -> Iterator[None]:
    """Look, in the block, once for each text, and for no more than the first ``MOST_GUESSED``."""
    token = _guessed.set({})
    try:
        yield
    finally:
        _guessed.reset(token)


def guess(text: Text, look: Callable[[], list[T]]) -> list[T]:
    """Return what ``look`` finds that ``text`` may have meant; nothing where there have been enough."""
    known = _guessed.get()
    if known is None:
        return look()
    if text not in known:
        if len(known) >= MOST_GUESSED:
            return []
        known[text] = look()
    return known[text]
