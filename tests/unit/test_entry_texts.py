"""Entries of the journal as texts."""

from __future__ import annotations

from zohocrm_mcp.jobs.entries import Entry, dumps, loads, states

ENTRIES = [
    Entry(1, "11", sent={"Phone": "“42”\n\\ \u0000 🙂", "state": "failed"}, before={"Phone": None}),
    Entry(2, "12", sent={"Amount": 0.1, "Big": 2**63}, state="succeeded", after={"Amount": 0.1, "Tags": []}),
    Entry(3, state="failed", code="INVALID_DATA", message='said: "state":"succeeded"', field="Phone", action="insert"),
    Entry(4, "14", ours={"Phone": ""}, state="skipped"),
]


def test_entries_come_back_as_they_were_written() -> None:
    assert loads(dumps(ENTRIES)) == ENTRIES


def test_states_are_those_of_the_entries_whatever_their_values_say() -> None:
    assert states(dumps(ENTRIES)) == ["pending", "succeeded", "failed", "skipped"]


def test_a_state_that_is_looked_for_stands_in_the_text_as_the_journal_searches_it() -> None:
    assert '"state":"skipped"' in dumps(ENTRIES)
    assert '"state":"pending"' not in dumps(ENTRIES)
