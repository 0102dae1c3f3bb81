"""Every row of the benchmarks runs, on as little as it can, and the README shows the results that are kept."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.measure import Scale
from benchmarks.rows import ROWS
from benchmarks.stage import Stage
from benchmarks.table import README, RESULTS, Line, markdown, missed, read, renewed, text_table, told
from support.postgres import TestCluster

pytestmark = pytest.mark.xdist_group("benchmarks")
TINY = Scale(rounds=1, share=0.001)
ACCOUNTS = 250


@pytest.fixture(scope="module")
def stage(postgres_cluster: TestCluster) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder), ACCOUNTS, postgres_cluster.create) as running:
        yield running


@pytest.mark.parametrize("name", ROWS)
def test_a_row_measures_what_it_says(stage: Stage, name: str) -> None:
    lines = ROWS[name](stage, TINY)
    assert lines
    for line in lines:
        assert line.row == name
        assert "ours" in line.sides
        assert all(math.isfinite(value) for value in [*line.sides.values(), line.reached])


def test_the_readme_shows_the_results_that_are_kept() -> None:
    text = README.read_text(encoding="utf-8")
    result = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert markdown(result) in text
    assert renewed(text, result) == text


def test_the_kept_results_have_every_row() -> None:
    assert {line.row for line in read(json.loads(RESULTS.read_text(encoding="utf-8")))} == set(ROWS)


HIT = Line("one", "a thing", "ms", {"floor": 1.0, "ours": 2.0}, "3 x raw HTTP", 2.0, 3.0)
MISS = Line("two", "many things", "calls/s", {"ours": 1234.5}, "2,000", 1234.5, 2000.0, at_least=True)


def test_what_misses_its_mark_is_told_and_nothing_else() -> None:
    assert missed([HIT]) == ""
    assert missed([HIT, MISS]) == "MISSED  many things: 2,000, reached 1,234"
    assert [line.split()[-1] for line in text_table([HIT, MISS]).splitlines()[1:]] == ["hit", "MISS"]


def test_results_come_back_from_json_as_they_went() -> None:
    kept = json.loads(json.dumps(told([HIT, MISS], {"name": "a machine", "rounds": 5})))
    assert read(kept) == [HIT, MISS]
    assert "| a thing | ms | 1 |  |  | 2 | 3 x raw HTTP | 2 | hit |" in markdown(kept)


def test_only_what_stands_between_the_marks_is_renewed() -> None:
    before = "above\n<!-- benchmarks:begin -->\nold\n<!-- benchmarks:end -->\nbelow\n"
    after = renewed(before, told([HIT], {"name": "a machine", "rounds": 5}))
    assert after.startswith("above\n<!-- benchmarks:begin -->\n\n`")
    assert after.endswith("\n\n<!-- benchmarks:end -->\nbelow\n")
    assert "old" not in after
