"""Calls that wait for a place: interactive ones first, and no more than can be waited for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from zohocrm_mcp.limits.prices import Price

MOST = 1000
"""Calls that may wait in one process; the next one is refused at once."""
IN_A_ROW = 9
"""After so many interactive calls in a row a bulk call gets a turn, so that a job goes on, slowly."""
_numbers = count()


@dataclass(eq=False)
class Ticket:
    """A call that wants to go out; ``future`` ends when it may, or never will."""

    price: Price
    bulk: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]
    number: int = field(default_factory=lambda: next(_numbers))
    places: tuple[int, int | None] | None = None

    def wake(self, error: Exception | None = None) -> None:
        """End the wait from any thread."""
        self.loop.call_soon_threadsafe(self._end, error)

    def _end(self, error: Exception | None) -> None:
        if self.future.done():
            return
        if error:
            self.future.set_exception(error)
        else:
            self.future.set_result(None)


class Line:
    """The waiting calls of one process. Guarded by its owner's lock."""

    def __init__(self) -> None:
        self._queues: dict[tuple[bool, bool], deque[Ticket]] = {
            (bulk, heavy): deque() for bulk in (False, True) for heavy in (False, True)
        }
        self._in_a_row = 0

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def count(self, *, bulk: bool | None = None, heavy: bool | None = None) -> int:
        return sum(
            len(queue)
            for (is_bulk, is_heavy), queue in self._queues.items()
            if bulk in {None, is_bulk} and heavy in {None, is_heavy}
        )

    def add(self, ticket: Ticket) -> None:
        self._queues[ticket.bulk, ticket.price.heavy].append(ticket)

    def discard(self, ticket: Ticket) -> None:
        queue = self._queues[ticket.bulk, ticket.price.heavy]
        if ticket in queue:
            queue.remove(ticket)

    def heads(self) -> Iterator[Ticket]:
        """Yield who may be next, best first: the longest waiting light and heavy call of each priority."""
        starved = self._in_a_row >= IN_A_ROW
        for bulk in (starved, not starved):
            heads = [queue[0] for heavy in (False, True) if (queue := self._queues[bulk, heavy])]
            yield from sorted(heads, key=lambda ticket: ticket.number)

    def served(self, ticket: Ticket) -> None:
        self.discard(ticket)
        self._in_a_row = 0 if ticket.bulk else self._in_a_row + 1

    def behind(self, ticket: Ticket) -> bool:
        """Whether somebody waits whom this new call must not overtake."""
        queues = self._queues
        return any(queues[bulk, ticket.price.heavy] for bulk in ((False, True) if ticket.bulk else (False,)))

    def all(self) -> list[Ticket]:
        return [ticket for queue in self._queues.values() for ticket in queue]
