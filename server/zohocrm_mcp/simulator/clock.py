"""The simulator's clock: real time plus an offset that tests move."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch; ``advance`` moves it and tells whoever listens."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._offset = 0.0
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        return self._real() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock by ``seconds`` (negative moves it back)."""
        self._offset += seconds
        self._tell()

    def reset(self) -> None:
        """Back to real time."""
        self._offset = 0.0
        self._tell()

    def forget(self, listener: Callable[[], None]) -> None:
        self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)
