"""How many children each parent has: a pattern of counts that repeats, so that both directions are arithmetic."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from zohocrm_mcp.simulator.seed.base import Base


class Spread:
    """Children dealt out to parents by a repeating pattern of counts, e.g. 0, 1, 1, 2, 3."""

    def __init__(self, parents: Base, pattern: tuple[int, ...]) -> None:
        self._parents, self._pattern = parents, pattern
        self._starts = [0, *accumulate(pattern)]
        self._block = self._starts[-1]

    @property
    def count(self) -> int:
        blocks, rest = divmod(self._parents.count, len(self._pattern))
        return blocks * self._block + self._starts[rest]

    def parent_index(self, child: int) -> int:
        block, within = divmod(child, self._block)
        return block * len(self._pattern) + bisect_right(self._starts, within) - 1

    def parent_id(self, child: int) -> int:
        return self._parents.id_of(self.parent_index(child))

    def children(self, parent_id: int) -> Iterable[int]:
        """Indexes of the children of the parent with that id."""
        index = self._parents.index_of(parent_id)
        if index is None:
            return ()
        block, place = divmod(index, len(self._pattern))
        first = block * self._block + self._starts[place]
        return range(first, first + self._pattern[place])
