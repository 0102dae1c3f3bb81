"""A pipe with room for a whole answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from zohocrm_mcp.transports.wire import PIPE, Wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the size of a pipe be set")


def test_an_answer_larger_than_a_usual_pipe_is_taken_at_once() -> None:
    reader, writer = os.pipe()
    try:
        with Wire(reader, writer).never_blocking():
            assert os.write(writer, bytes(PIPE)) == PIPE
    finally:
        os.close(reader)
        os.close(writer)


def test_a_file_in_the_place_of_a_pipe_is_left_as_it_is(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file, Wire(0, file.fileno()).never_blocking():
        assert os.get_blocking(file.fileno())
