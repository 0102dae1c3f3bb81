"""A CSV file as rows with their line numbers; what cannot be read is said with its line and ends nothing else. Pure.

Python's own reader swallows everything after a quote that is never closed; here such a row ends with its line.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from zohocrm_mcp.errors import InvalidInputError

MOST_LINES = 1_000
"""Lines that one row may span."""

_DELIMITERS = ",;\t"
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class Row:
    """``line`` is where it begins, from 1; a ``trouble`` says why there are no cells."""

    line: int
    cells: Sequence[str] = ()
    trouble: str = ""


def lines_of(file: BinaryIO) -> Iterator[str]:
    """Yield the lines of a UTF-8 file.

    Raises:
        InvalidInputError: a line is not UTF-8.
    """
    for number, line in enumerate(file, 1):
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise InvalidInputError(
                f"Line {number} of the file is not UTF-8 (byte {error.start + 1}).", hint="Save it as CSV UTF-8."
            ) from None


def rows_of(lines: Iterable[str]) -> Iterator[Row]:
    """Yield the header, then every row that is not empty. A byte order mark before the header is passed over.

    Raises:
        InvalidInputError: there is no header, or it cannot be read.
    """
    reader = _Reader(lines)
    header = reader.header()
    yield header
    while row := reader.row(len(header.cells)):
        if row.trouble or any(cell.strip() for cell in row.cells):
            yield row


class _Reader:
    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._line, self._delimiter = 1, ","

    def header(self) -> Row:
        first = next(self._lines, "").lstrip("\ufeff")
        self._delimiter = max(_DELIMITERS, key=_QUOTED.sub("", first).count)
        self._again.append(first)
        row = self.row(None)
        if row is None or row.trouble or not any(cell.strip() for cell in row.cells):
            why = row.trouble if row and row.trouble else "it is empty"
            raise InvalidInputError(f"The first line names no columns: {why}.", hint="Begin with the names of fields.")
        return Row(row.line, [cell.strip() for cell in row.cells])

    def row(self, width: int | None) -> Row | None:
        """Return the next row; one that is broken, or of another width over several lines, ends with its first line."""
        start, taken = self._line, deque[str]()
        try:
            cells = next(csv.reader(self._feed(taken), delimiter=self._delimiter, strict=True), None)
        except csv.Error as error:
            return self._broken(start, taken, f"a quote is not closed or stands in the wrong place ({error})")
        if cells is None:
            return None
        if width is None or len(cells) in {0, width}:
            return Row(start, cells)
        return self._broken(start, taken, f"it has {len(cells)} cells and the header has {width}")

    def _feed(self, taken: deque[str]) -> Iterator[str]:
        while len(taken) < MOST_LINES:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return
            taken.append(line)
            self._line += 1
            yield line

    def _broken(self, start: int, taken: deque[str], why: str) -> Row:
        taken.popleft()
        self._again.extendleft(reversed(taken))
        self._line = start + 1
        return Row(start, trouble=why)
