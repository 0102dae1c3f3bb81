"""The real stdin and stdout, taken away from everything else in the process.

While a ``Wire`` is held, descriptor 1 is stderr and descriptor 0 is empty: whatever a library, C code or a child
process prints cannot tear the protocol, and none of them can eat its input.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import anyio
import anyio.to_thread

CHUNK = 1 << 16
PIPE = 1 << 20
_STDIN, _STDOUT, _STDERR = 0, 1, 2


@dataclass(frozen=True)
class Wire:
    """Two descriptors of ours, served by the event loop."""

    source: int
    sink: int

    async def read(self) -> bytes:
        """Return what has arrived; nothing means that the other side has closed."""
        if sys.platform == "win32":
            return await anyio.to_thread.run_sync(os.read, self.source, CHUNK, abandon_on_cancel=True)
        try:
            await anyio.wait_readable(self.source)
            return os.read(self.source, CHUNK)
        except PermissionError:  # a regular file cannot be waited for, and is always ready
            return os.read(self.source, CHUNK)
        except ConnectionResetError:
            return b""

    async def write(self, data: bytes) -> None:
        """Write all of ``data`` or, when cancelled in time, nothing. Two writers at once would mix their bytes.

        Raises:
            ConnectionError: nobody reads any more.
        """
        rest = memoryview(data)
        with anyio.CancelScope() as scope:
            while rest:
                try:
                    rest = rest[os.write(self.sink, rest) :]
                except BlockingIOError:
                    scope.shield = len(rest) < len(data)  # half a line would spoil the next one
                    await anyio.wait_writable(self.sink)

    @contextmanager
    def never_blocking(self) -> Iterator[None]:
        """Let no full pipe stop the event loop; who shares the pipe with us finds it as it was afterwards."""
        mode = os.fstat(self.sink).st_mode
        if sys.platform == "win32" or not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            yield
            return
        before = os.get_blocking(self.sink)
        os.set_blocking(self.sink, False)
        if stat.S_ISFIFO(mode):
            _widen(self.sink)
        try:
            yield
        finally:
            os.set_blocking(self.sink, before)


def _widen(pipe: int) -> None:
    """Make room for a whole answer, where the system has a way to: one that fits is written without a wait."""
    import fcntl

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # the user has as many large pipes as the system allows
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def take_stdio() -> Wire:
    """Move stdin and stdout to descriptors of our own; call it before anything can print."""
    sys.stdout.flush()
    wire = Wire(os.dup(_STDIN), os.dup(_STDOUT))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, _STDIN)
    os.dup2(_STDERR if _is_open(_STDERR) else nothing, _STDOUT)
    os.close(nothing)
    return wire


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
