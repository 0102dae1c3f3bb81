"""Conditions over records, as search, COQL, bulk read and custom views share them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Reader = Callable[[int], object]
Predicate = Callable[[object], bool]
LARGEST = 10**20


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison: ``path`` may be dotted; ``flavour`` tells equally named operators apart."""

    path: str
    operator: str
    operand: object
    predicate: Predicate
    flavour: str = ""


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Condition, ...]


Condition = Test | Every | Some


def tests(condition: Condition) -> Iterator[Test]:
    """All comparisons in it, left to right."""
    if isinstance(condition, Test):
        yield condition
        return
    for part in condition.parts:
        yield from tests(part)


def compiled(condition: Condition, reader: Callable[[str], Reader]) -> Callable[[int], bool]:
    """The condition as one function of a record's key."""
    if isinstance(condition, Test):
        read, holds = reader(condition.path), condition.predicate
        return lambda key: holds(read(key))
    parts = [compiled(part, reader) for part in condition.parts]
    return _joined(parts, ends_with=isinstance(condition, Some))


def _joined(parts: list[Callable[[int], bool]], *, ends_with: bool) -> Callable[[int], bool]:
    """The parts joined by ``or`` (the first that holds ends it) or ``and``; a loop, because millions of keys pass."""

    def joined(key: int) -> bool:
        for part in parts:
            if part(key) is ends_with:
                return ends_with
        return not ends_with

    return joined


def signature(condition: Condition) -> str:
    """A text that is the same for conditions that mean the same; used to remember what matched."""
    if isinstance(condition, Test):
        return f"{condition.path} {condition.flavour}{condition.operator} {condition.operand!r}"
    word = " and " if isinstance(condition, Every) else " or "
    return "(" + word.join(signature(part) for part in condition.parts) + ")"


def id_bounds(condition: Condition) -> tuple[int, int] | None:
    """The least and greatest id that can meet the condition, when it says so."""
    if isinstance(condition, Test):
        return _bounds(condition)
    if isinstance(condition, Some):
        return None
    found = [bounds for part in condition.parts if (bounds := id_bounds(part))]
    return (max(low for low, _ in found), min(high for _, high in found)) if found else None


def _bounds(test: Test) -> tuple[int, int] | None:
    operand = test.operand
    if test.path != "id":
        return None
    if test.operator == "between" and isinstance(operand, tuple):
        return operand
    if not isinstance(operand, int):
        return None
    return {
        "equal": (operand, operand),
        "greater_than": (operand + 1, LARGEST),
        "greater_equal": (operand, LARGEST),
        "less_than": (0, operand - 1),
        "less_equal": (0, operand),
    }.get(test.operator)
