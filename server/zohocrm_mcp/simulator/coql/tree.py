"""What a COQL query says, before fields and types are looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operator`` is one of equal, not_equal, less_than, …, in, between, like, empty, or the negation of one."""

    path: str
    operator: str
    sign: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    word: str
    parts: tuple[Where, ...]


Where = Comparison | Joined


@dataclass(frozen=True, slots=True)
class Column:
    """A selected or sorted column; ``key`` is its name in the rows."""

    path: str
    aggregate: str | None
    written: str
    alias: str | None = None

    @property
    def key(self) -> str:
        return self.alias or self.written


@dataclass(frozen=True, slots=True)
class Query:
    columns: tuple[Column, ...]
    module: str
    view: str | None
    where: Where
    group: tuple[str, ...]
    order: tuple[tuple[Column, bool], ...]
    offset: int
    limit: int
