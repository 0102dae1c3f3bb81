"""Wait for a condition that nothing announces: another process's file, lock or end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.02


def until(condition: Callable[[], T], seconds: float) -> T:
    """Return the first true value of ``condition``, or its last false one when ``seconds`` have passed."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)
    return found
