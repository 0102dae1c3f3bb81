"""Make sure that no process of an earlier server is left before the next one starts."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from zohocrm_mcp.db.sockets import SOCKET_PORT, answers, host_of
from zohocrm_mcp.db.waiting import until

if TYPE_CHECKING:
    from zohocrm_mcp.db.binaries import Binaries
    from zohocrm_mcp.db.layout import Layout
    from zohocrm_mcp.db.locks import FileLock

STILL_AT_WORK = "processes of an earlier run are still at work"


def take_over(layout: Layout, lock: FileLock, binaries: Binaries, seconds: float) -> None:
    """Acquire the server's lock; a server that has lost its supervisor is asked to stop for it.

    Raises:
        RuntimeError: the lock could not be had within ``seconds``.
    """
    if sys.platform == "win32":
        _stop_by_program(layout, binaries)
    if not until(lambda: lock.try_acquire() or _ask_to_stop(layout), seconds):
        raise RuntimeError(STILL_AT_WORK)


def _ask_to_stop(layout: Layout) -> bool:
    """Signal the process that the pid file names, but only while a server answers: no other wrote that file."""
    with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
        pid = int((layout.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        if answers(host_of(layout.cluster), SOCKET_PORT):
            os.kill(pid, signal.SIGINT)
    return False


def _stop_by_program(layout: Layout, binaries: Binaries) -> None:
    if (layout.cluster / "postmaster.pid").exists():
        command = [binaries.program("pg_ctl"), "stop", "-m", "fast", "-w", "-D", str(layout.cluster)]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - PostgreSQL's own program
