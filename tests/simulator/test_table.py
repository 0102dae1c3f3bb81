"""A table against a plain list of records: generated, written and deleted ones behave alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from zohocrm_mcp.simulator.seed.base import Base
from zohocrm_mcp.simulator.store import conditions
from zohocrm_mcp.simulator.store.predicates import SINGLE
from zohocrm_mcp.simulator.store.table import Deleted, Table

NAMES = ("alpha", "beta", "gamma")
FIRST, NEW = 1000, 100_000
Step = tuple[str, int, str]
steps = st.lists(
    st.tuples(st.sampled_from(["insert", "update", "delete"]), st.integers(0, 40), st.sampled_from(NAMES)), max_size=30
)


def generated(count: int) -> Base:
    base = Base(count, FIRST, salt=5)
    base.columns["Name"] = lambda index: NAMES[index % 3]
    base.columns["Parent"] = lambda index: index // 2
    base.children["Parent"] = lambda parent: [each for each in (2 * parent, 2 * parent + 1) if each < count]
    return base


@dataclass
class Model:
    """The same records as a dictionary."""

    table: Table
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    now: int = 2_000_000_000

    def __post_init__(self) -> None:
        names = ("Name", "Parent", "Modified_Time")
        self.rows = {each: {name: self.table.value(each, name) for name in names} for each in self.table.ids()}

    def do(self, step: Step, number: int) -> None:
        what, place, name = step
        self.now += place % 3
        if what == "insert":
            values = {"Name": name, "Parent": place % 7, "Modified_Time": self.now}
            self.table.insert(NEW + number, dict(values))
            self.rows[NEW + number] = values
        elif self.rows:
            record = sorted(self.rows)[place % len(self.rows)]
            if what == "update":
                values = {"Name": name, "Parent": place % 5, "Modified_Time": self.now}
                self.table.update(record, dict(values))
                self.rows[record] |= values
            else:
                self.table.delete(Deleted(record, None, None, None, self.now))
                del self.rows[record]


def after_steps(count: int, done: list[Step]) -> Model:
    model = Model(Table(generated(count)))
    for number, step in enumerate(done):
        model.do(step, number)
    return model


@given(count=st.integers(0, 25), done=steps, start=st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_orders_are_those_of_a_sorted_list(count: int, done: list[Step], start: int) -> None:
    model = after_steps(count, done)
    ids = sorted(model.rows)
    assert list(model.table.ids()) == ids
    assert list(model.table.ids(descending=True)) == ids[::-1]
    assert len(model.table) == len(ids)
    by_time = sorted((model.rows[each]["Modified_Time"], each) for each in ids)
    assert list(model.table.by_modified()) == [each for _, each in by_time]
    assert list(model.table.by_modified(descending=True)) == [each for _, each in by_time[::-1]]
    if ids:
        key = by_time[start % len(by_time)]
        assert list(model.table.ids(after=key[1])) == [each for each in ids if each > key[1]]
        assert list(model.table.ids(descending=True, after=key[1])) == [each for each in ids[::-1] if each < key[1]]
        assert list(model.table.by_modified(after=key)) == [each for time, each in by_time if (time, each) > key]
        assert list(model.table.by_modified(descending=True, after=key)) == [
            each for time, each in by_time[::-1] if (time, each) < key
        ]


@given(count=st.integers(0, 25), done=steps, low=st.integers(FIRST, FIRST + 90), name=st.sampled_from(NAMES))
@settings(max_examples=150, deadline=None)
def test_conditions_find_what_a_loop_finds(count: int, done: list[Step], low: int, name: str) -> None:
    model = after_steps(count, done)
    named = conditions.Test("Name", "equal", name, SINGLE["equal"](name))
    above = conditions.Test("id", "greater_than", low, SINGLE["greater_than"](low))
    found = [each for each in sorted(model.rows) if model.rows[each]["Name"] == name]
    assert list(model.table.matching(named, model.table.reader)) == found
    assert list(model.table.matching(named, model.table.reader)) == found
    narrowed = model.table.matching(conditions.Every((above, named)), model.table.reader)
    assert list(narrowed) == [each for each in found if each > low]


@given(count=st.integers(0, 25), before=steps, after=steps, name=st.sampled_from(NAMES), parent=st.integers(0, 7))
@settings(max_examples=150, deadline=None)
def test_values_and_parents_lead_to_their_records(
    count: int, before: list[Step], after: list[Step], name: str, parent: int
) -> None:
    model = after_steps(count, before)
    model.table.find("Name", name)
    for number, step in enumerate(after, start=1000):
        model.do(step, number)
    children = model.table.children_of(parent, "Parent", lambda value: value == parent)
    assert list(children) == [each for each in sorted(model.rows) if model.rows[each]["Parent"] == parent]
    written = [each for each in model.table.written if each in model.rows and model.rows[each]["Name"] == name]
    found = model.table.find("Name", name.upper())
    if written:
        assert found is not None
    if found is not None:
        assert model.rows[found]["Name"] == name
