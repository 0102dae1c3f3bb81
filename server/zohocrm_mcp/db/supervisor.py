"""The process that owns the embedded server, and stops it when nobody has used it for a while.

Started by `zohocrm_mcp.db.embedded` as ``python -m zohocrm_mcp.db.supervisor``, in a session of its own and with none
of the client's files but the lock that says it lives. It imports little: it stays in memory as long as the server.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from zohocrm_mcp.db.account import Account
from zohocrm_mcp.db.binaries import Binaries
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.orphans import take_over
from zohocrm_mcp.db.server import STOP_SECONDS, Server
from zohocrm_mcp.db.state import State
from zohocrm_mcp.db.waiting import until

START_SECONDS = 120.0
"""Recovery after a crash is part of a start."""

_LONGEST_PAUSE = 10.0

log = logging.getLogger("supervisor")


class Supervisor:
    """One run of a server: from its start to its end."""

    def __init__(self, server: Server, *, idle_seconds: float, ephemeral: bool) -> None:
        self.server = server
        self.layout = server.layout
        self.idle_seconds = idle_seconds
        self.ephemeral = ephemeral
        self._stamp = 0

    def run(self) -> None:
        """Start the server, tell the clients, and return when it has ended."""
        lock = FileLock(self.layout.server_lock)
        take_over(self.layout, lock, self.server.binaries, STOP_SECONDS)
        self.server.start(lock, ephemeral=self.ephemeral)
        lock.release()
        try:
            self._publish()
            self._watch()
        finally:
            self._stop()

    def _publish(self) -> None:
        if not until(lambda: self.server.is_ready() or self.server.wait(0), START_SECONDS) or self.server.wait(0):
            raise RuntimeError("the server has not become ready")
        State(os.getpid(), self.server.pid, self.server.port, self.server.databases()).write(self.layout.state)
        log.info("server %d is ready", self.server.pid)

    def _watch(self) -> None:
        last_used = time.monotonic()
        while not self.server.wait(min(self.idle_seconds / 3, _LONGEST_PAUSE)):
            if self._in_use():
                last_used = time.monotonic()
            elif time.monotonic() - last_used >= self.idle_seconds and self._stop_unused():
                log.info("stopped: nobody has used the server for %.0f seconds", self.idle_seconds)
                return
        log.error("server %d has ended", self.server.pid)

    def _in_use(self) -> bool:
        """Tell whether there are clients, or a client has been given the address since the last look."""
        stamp, self._stamp = self._stamp, self.layout.state.stat().st_mtime_ns
        try:
            return stamp != self._stamp or self.server.has_clients()
        except RuntimeError as error:
            log.warning("cannot count the clients: %s", error)
            return True

    def _stop_unused(self) -> bool:
        """Stop the server unless somebody wants it this very moment; who comes now waits for the next one."""
        ensure = FileLock(self.layout.ensure_lock)
        if not ensure.try_acquire():
            return False
        if self._in_use():
            ensure.release()
            return False
        self._stop()
        if self.ephemeral:
            self._remove()
        return True

    def _stop(self) -> None:
        """Stop the server, if it has not ended: when that was long ago, the state may be that of another one."""
        if not self.server.wait(0):
            self.layout.state.unlink(missing_ok=True)
            self.server.stop()

    def _remove(self) -> None:
        """Delete all files; in one step for those who look."""
        gone = self.layout.root.with_name(f"{self.layout.root.name}.{os.getpid()}")
        self.layout.root.rename(gone)
        shutil.rmtree(gone)
        with contextlib.suppress(OSError):  # the data directory holds other things
            self.layout.root.parent.rmdir()


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    _leave_the_client()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s: %(message)s")
    layout = Layout(options.root)
    alive = FileLock(layout.supervisor_lock)
    if sys.platform == "win32":  # elsewhere it is inherited
        until(alive.try_acquire, START_SECONDS)
    server = Server(layout, Binaries(options.binaries, options.major), Account.choose(layout.cluster))
    try:
        Supervisor(server, idle_seconds=options.idle_seconds, ephemeral=options.ephemeral).run()
    except (RuntimeError, OSError) as error:
        log.critical("FATAL: %s", error)
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zohocrm_mcp.db.supervisor")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--major", type=int, required=True)
    parser.add_argument("--idle-seconds", type=float, required=True)
    parser.add_argument("--ephemeral", action="store_true")
    return parser


def _leave_the_client() -> None:
    """Become nobody's child, so that no client has to wait for our end; end in order when asked to."""
    if sys.platform != "win32":
        if os.fork():
            os._exit(0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


if __name__ == "__main__":
    main()
