"""Where each behaviour of the simulator comes from: seen, documented, or guessed.

Handlers and rules carry ``@known(...)`` or ``@guessed(...)``; ``behaviours()`` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One tagged behaviour: ``subject`` is the function or class that shows it."""

    subject: str
    kind: Literal["known", "guessed"]
    text: str


_BEHAVIOURS: list[Behaviour] = []


def known(source: str, year: int | None = None) -> Callable[[T], T]:
    """Mark a behaviour as documented or observed; ``source`` names the page or says ``live``."""
    return _tag("known", source if year is None else f"{source}, {year}")


def guessed(what: str) -> Callable[[T], T]:
    """Mark a behaviour that no public source settles; ``what`` says what was assumed."""
    return _tag("guessed", what)


def _tag(kind: Literal["known", "guessed"], text: str) -> Callable[[T], T]:
    def mark(subject: T) -> T:
        module = str(getattr(subject, "__module__", "")).rpartition("simulator.")[2]
        name = getattr(subject, "__qualname__", str(subject))
        _BEHAVIOURS.append(Behaviour(f"{module}.{name}", kind, text))
        return subject

    return mark


def behaviours(kind: Literal["known", "guessed"] | None = None) -> list[Behaviour]:
    """All tagged behaviours of the modules loaded so far, in order of subject."""
    found = (behaviour for behaviour in _BEHAVIOURS if kind in (None, behaviour.kind))
    return sorted(found, key=lambda behaviour: (behaviour.subject, behaviour.text))
