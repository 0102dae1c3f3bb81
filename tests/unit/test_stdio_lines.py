"""Bytes to lines, however they come in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zohocrm_mcp.transports.lines import LineBuffer, TooLong


@given(st.lists(st.binary(max_size=40).map(lambda text: text.replace(b"\n", b"").strip())), st.integers(1, 9))
def test_lines_come_out_whole_however_they_are_cut(lines: list[bytes], size: int) -> None:
    sent = b"\n".join(lines)
    buffer = LineBuffer()
    found = [line for at in range(0, len(sent), size) for line in buffer.feed(sent[at : at + size])]
    assert found + buffer.finish() == [line for line in lines if line]


def test_a_carriage_return_belongs_to_the_end_of_a_line() -> None:
    assert LineBuffer().feed(b'{"a":1}\r\n\r\n') == [b'{"a":1}']


def test_a_line_that_is_too_long_is_skipped_once_and_the_next_one_is_read() -> None:
    buffer = LineBuffer(longest=4)
    found = [*buffer.feed(b"12345678"), *buffer.feed(b"9"), *buffer.feed(b"0\nab"), *buffer.feed(b"cd\n")]
    assert [type(line) for line in found] == [TooLong, bytes]
    assert found[1] == b"abcd"


def test_a_last_line_that_is_too_long_is_told_too() -> None:
    buffer = LineBuffer(longest=4)
    buffer.feed(b"12345")
    (line,) = buffer.finish()
    assert isinstance(line, TooLong)
