"""Bytes to lines: one JSON-RPC message each, however the bytes come in pieces."""

from __future__ import annotations

LONGEST = 64 * 1024 * 1024
"""Bytes of one line; 10,000 records with every field set stay below it."""


class TooLong(Exception):  # noqa: N818 -- a condition of the input, told to the client, never raised further
    """A line was longer than allowed; it has been skipped."""


class LineBuffer:
    """Collects bytes and gives out whole lines without their ends; blank ones are left out."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._held = bytearray()
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes | TooLong]:
        """Take bytes in and return what has become complete."""
        *ended, rest = chunk.split(b"\n")
        complete = [line for part in ended if (line := self._end(part))]
        self._hold(rest)
        return complete

    def finish(self) -> list[bytes | TooLong]:
        """Return the last line, which may lack its end."""
        line = self._end(b"")
        return [line] if line else []

    def _end(self, part: bytes) -> bytes | TooLong:
        self._hold(part)
        line, skipped = bytes(self._held).strip(), self._skipping
        self._held.clear()
        self._skipping = False
        return TooLong() if skipped else line

    def _hold(self, part: bytes) -> None:
        self._skipping = self._skipping or len(self._held) + len(part) > self._longest
        if self._skipping:
            self._held.clear()
        else:
            self._held += part
