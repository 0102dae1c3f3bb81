"""CSV files as people make them: a broken row is said with its line, and the rows after it are there."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.imports.csv_rows import Row, lines_of, rows_of

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), min_size=1).map("x".__add__)


def read(text: str) -> list[Row]:
    return list(rows_of(StringIO(text, newline="")))


def test_rows_know_the_line_they_begin_in() -> None:
    assert [(row.line, list(row.cells)) for row in read('A,B\n1,"two\nlines"\n\n3,4\n')] == [
        (1, ["A", "B"]),
        (2, ["1", "two\nlines"]),
        (5, ["3", "4"]),
    ]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read("\ufeffA,B\n1,2\n")[0].cells == ["A", "B"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_that_of_the_header(delimiter: str) -> None:
    assert [list(row.cells) for row in read(f"A{delimiter}B\n1{delimiter}2\n")] == [["A", "B"], ["1", "2"]]


def test_delimiters_within_a_quoted_name_of_the_header_do_not_count() -> None:
    header, row = rows_of(['"Name, of, it";Phone\n', "A;1\n"])
    assert (header.cells, row.cells) == (["Name, of, it", "Phone"], ["A", "1"])


def test_a_quote_that_is_never_closed_breaks_its_own_line_alone() -> None:
    header, broken, good = read('A,B\n"never closed,1\nfine,2\n')
    assert (broken.line, "quote" in broken.trouble) == (2, True)
    assert (good.line, list(good.cells)) == (3, ["fine", "2"])
    assert not header.trouble


def test_a_quote_that_another_row_closes_takes_that_row_along_no_further() -> None:
    rows = read('A,B\n"never closed,1\n"quoted",2\nfine,3\n')
    assert [(row.line, bool(row.trouble)) for row in rows] == [(1, False), (2, True), (3, False), (4, False)]


def test_a_quote_in_the_middle_of_a_cell_is_told() -> None:
    _, broken, good = read('A,B\n"Acme "Big" Ltd",1\nfine,2\n')
    assert (broken.line, good.line) == (2, 3)


def test_a_row_of_another_width_is_told() -> None:
    _, short, long = read("A,B\n1\n1,2,3\n")
    assert ("1 cells" in short.trouble, "3 cells" in long.trouble) == (True, True)


@pytest.mark.parametrize("text", ["", "\n", ",,\n", '"A,B\n'])
def test_a_file_without_a_header_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="names no columns"):
        read(text)


def test_bytes_that_are_no_utf_8_are_refused_with_their_line() -> None:
    with pytest.raises(InvalidInputError, match="Line 2 of the file is not UTF-8"):
        list(rows_of(lines_of(BytesIO("A\nMünchen\n".encode("cp1252")))))


@given(st.lists(st.tuples(CELL, CELL)))
def test_what_a_writer_of_csv_has_written_is_read_as_it_was(rows: list[tuple[str, str]]) -> None:
    text = StringIO(newline="")
    csv.writer(text).writerows([("A", "B"), *rows])
    assert [tuple(row.cells) for row in read(text.getvalue())][1:] == rows
