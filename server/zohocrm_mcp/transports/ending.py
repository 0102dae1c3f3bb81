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

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def end_at_once_on_signal() -> None:
    """For the time of the imports: there is nothing to finish yet."""
    for number in SIGNALS:
        signal.signal(number, lambda *_: sys.exit(0))


def hold_signals() -> None:
    """Keep signals back until ``end_on_signal`` listens: raised inside the event loop they would look like a crash."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


async def end_on_signal(end: Callable[[], None], *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
    """Call ``end`` when a signal comes; started when it listens."""
    if sys.platform == "win32":
        task_status.started()
        return
    with anyio.open_signal_receiver(*SIGNALS) as signals:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        task_status.started()
        async for _ in signals:
            end_soon()
            end()


def end_soon(code: int = 0) -> None:
    """See to it that the process ends, even when a thread hangs in a call that nobody can interrupt."""
    timer = threading.Timer(CLOSE_SECONDS, os._exit, [code])
    timer.daemon = True
    timer.start()
