"""Locks on files: the operating system lets go of them when their last holder has ended, however it ended."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import ZohoDatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """An exclusive lock. A child that inherits ``fd`` holds it too, until the last of them has closed it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = -1

    def try_acquire(self) -> bool:
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:  # an ephemeral server has just deleted its files
            return False
        if _lock(fd) and _is_still(self.path, fd):
            self.fd = fd
            return True
        os.close(fd)
        return False

    def release(self) -> None:
        """Close our end, if we hold one; children that inherited the lock keep it."""
        if self.fd != -1:
            os.close(self.fd)
            self.fd = -1

    def is_taken(self) -> bool:
        free = self.try_acquire()
        if free:
            self.release()
        return not free

    @contextlib.contextmanager
    def held(self, seconds: float, *, before: Callable[[], None]) -> Iterator[None]:
        """Hold the lock during a block; ``before`` each try, make the folder that it lies in.

        Raises:
            ZohoDatabaseError: somebody else held it for ``seconds``.
        """

        def attempt() -> bool:
            before()
            return self.try_acquire()

        if not until(attempt, seconds):
            raise ZohoDatabaseError(
                f"Another process has been starting or stopping the embedded database for {seconds:.0f} seconds.",
                hint=f"End the process that holds {self.path}, then try again.",
            )
        try:
            yield
        finally:
            self.release()


if sys.platform == "win32":

    def _lock(fd: int) -> bool:
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:

    def _lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _is_still(path: Path, fd: int) -> bool:
    """Tell whether the locked file is the one that others would lock."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
