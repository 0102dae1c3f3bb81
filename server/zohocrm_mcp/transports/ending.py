"""How a server ends: on SIGTERM and SIGINT alike, after the writes in flight, and whatever hangs, before long."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

import anyio
from anyio.abc import TaskStatus

CLOSE_SECONDS = 10.0
"""How long writes in flight may take to finish when the process is told to end."""

HURRY_SECONDS = 6.0
"""How long everything may still take when it is told so a second time."""

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def end_at_once_on_signal() -> None:
    """For the time of the imports: there is nothing to finish yet.

    An exception would not do: raised inside a finaliser or a callback of C it is printed and lost, with the signal.
    """
    for number in SIGNALS:
        signal.signal(number, lambda *_: os._exit(0))


def hold_signals() -> None:
    """Keep signals back until ``end_on_signal`` listens: raised inside the event loop they would look like a crash."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


async def end_on_signal(
    end: Callable[[], None],
    hurry: Callable[[], None] | None = None,
    seconds: float = CLOSE_SECONDS,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Call ``end`` when a signal comes, and ``hurry`` at the next; started when it listens.

    The process is gone ``seconds`` after the first signal, and soon after the second, whatever hangs.
    """
    if sys.platform == "win32":
        task_status.started()
        return
    with anyio.open_signal_receiver(*SIGNALS) as signals:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        task_status.started()
        async for _ in signals:
            end_soon(seconds=seconds)
            end()
            end, seconds = hurry or end, HURRY_SECONDS


def end_soon(code: int = 0, seconds: float = CLOSE_SECONDS) -> None:
    """See to it that the process ends, even when a thread hangs in a call that nobody can interrupt."""
    timer = threading.Timer(seconds, os._exit, [code])
    timer.daemon = True
    timer.start()
