"""Which connections are in use, and for how long the others have not been."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Uses:
    """``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held: Counter[str] = Counter()
        self._since: dict[str, float] = {}

    @contextmanager
    def held(self, connection: str) -> Iterator[None]:
        """Use a connection for as long as the block lasts."""
        self._held[connection] += 1
        try:
            yield
        finally:
            self._held[connection] -= 1
            self._since[connection] = self._clock()

    def idle_seconds(self, connection: str) -> float:
        """How long nobody has used a connection; of one that nobody has used yet, since this was first asked."""
        if self._held[connection]:
            return 0.0
        now = self._clock()
        return now - self._since.setdefault(connection, now)
