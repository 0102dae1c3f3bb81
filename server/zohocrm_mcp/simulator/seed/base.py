"""The generated part of a module: so many records, with a function of the index for each field."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from zohocrm_mcp.simulator.seed.mix import ANCHOR_SECONDS, DAY, Column, mix

FIRST_CREATED = ANCHOR_SECONDS - 6 * 365 * DAY
LAST_CREATED = ANCHOR_SECONDS - 365 * DAY


@dataclass(slots=True)
class Base:
    """``count`` records whose ids rise by ``step`` from ``first_id``; nothing is stored."""

    count: int
    first_id: int
    step: int = 3
    salt: int = 0
    columns: dict[str, Column] = field(default_factory=dict)
    children: dict[str, Callable[[int], Iterable[int]]] = field(default_factory=dict)
    """By lookup field: indexes of the records here that point at a given id."""
    _stride: int = field(default=1, init=False)
    _unstride: int = field(default=0, init=False)
    _shift: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.columns.setdefault("id", self.id_of)
        self.columns.setdefault("Created_Time", self.created)
        self.columns.setdefault("Modified_Time", self.modified)
        self._stride, self._shift = self._permutation()
        self._unstride = pow(self._stride, -1, self.count) if self.count > 1 else 0

    def id_of(self, index: int) -> int:
        return self.first_id + index * self.step

    def index_of(self, record_id: int) -> int | None:
        index, rest = divmod(record_id - self.first_id, self.step)
        return index if rest == 0 and 0 <= index < self.count else None

    def index_from(self, record_id: int) -> int:
        """The index of the first record whose id is not below ``record_id``."""
        return min(max(-((self.first_id - record_id) // self.step), 0), self.count)

    def created(self, index: int) -> int:
        """Seconds; rises with the id over five years."""
        return FIRST_CREATED + index * (LAST_CREATED - FIRST_CREATED) // max(self.count, 1)

    def modified(self, index: int) -> int:
        """Seconds, within the last year; different for each record, in an order of its own."""
        return LAST_CREATED + (self.modified_rank(index) + 1) * (ANCHOR_SECONDS - LAST_CREATED) // (self.count + 1)

    def modified_rank(self, index: int) -> int:
        return (index * self._stride + self._shift) % self.count

    def at_modified_rank(self, rank: int) -> int:
        return (rank - self._shift) * self._unstride % self.count

    def rank_from(self, seconds: int) -> int:
        """The first rank in order of Modified_Time that is not before ``seconds``."""
        rank = -(-(seconds - LAST_CREATED) * (self.count + 1) // (ANCHOR_SECONDS - LAST_CREATED)) - 1
        rank = min(max(rank - 1, 0), self.count)
        while rank < self.count and self.modified(self.at_modified_rank(rank)) < seconds:
            rank += 1
        return rank

    def _permutation(self) -> tuple[int, int]:
        if self.count < 2:  # noqa: PLR2004
            return 1, 0
        stride = int(self.count * 0.618) | 1
        while math.gcd(stride, self.count) != 1:
            stride += 2
        return stride % self.count or 1, mix(1, self.salt) % self.count
