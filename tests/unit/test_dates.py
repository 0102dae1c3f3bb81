"""Dates, date-times and spans."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from zohocrm_mcp.services.schema.dates import Span, ends, parse_date, parse_datetime, span, starts, wire

THURSDAY = date(2026, 10, 15)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", "2026-10-15", "2026-10-15"),
        ("Yesterday", "2026-10-14", "2026-10-14"),
        ("tomorrow", "2026-10-16", "2026-10-16"),
        ("this_week", "2026-10-12", "2026-10-18"),
        ("last week", "2026-10-05", "2026-10-11"),
        ("next_week", "2026-10-19", "2026-10-25"),
        ("this_month", "2026-10-01", "2026-10-31"),
        ("last_month", "2026-09-01", "2026-09-30"),
        ("next_month", "2026-11-01", "2026-11-30"),
        ("this_quarter", "2026-10-01", "2026-12-31"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("next_quarter", "2027-01-01", "2027-03-31"),
        ("this_year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("last_30_days", "2026-09-15", "2026-10-15"),
        ("next_7_days", "2026-10-15", "2026-10-22"),
        ("last_2_weeks", "2026-10-01", "2026-10-15"),
        ("next_3_months", "2026-10-15", "2027-01-15"),
        ("last_1_year", "2025-10-15", "2026-10-15"),
    ],
)
def test_spans_are_whole_days(text: str, first: str, last: str) -> None:
    assert span(text, THURSDAY) == Span(date.fromisoformat(first), date.fromisoformat(last))


def test_a_month_ago_of_a_long_month_is_the_end_of_a_short_one() -> None:
    assert span("last_1_month", date(2026, 3, 31)) == Span(date(2026, 2, 28), date(2026, 3, 31))
    assert span("next_1_month", date(2026, 12, 31)) == Span(date(2026, 12, 31), date(2027, 1, 31))


@pytest.mark.parametrize("text", ["", "sometime", "last_days", "last_30", "30_days", "2026-10-15", "last_99999_days"])
def test_other_texts_are_no_span(text: str) -> None:
    assert span(text, THURSDAY) is None


@pytest.mark.parametrize("text", ["last_9999_years", "next_9999_years", "last_9999_weeks"])
def test_a_span_ends_where_the_calendar_does(text: str) -> None:
    found = span(text, THURSDAY)
    assert found is not None
    assert found.first <= THURSDAY <= found.last


def test_days_begin_and_end_in_the_time_zone() -> None:
    assert starts(THURSDAY, BERLIN) == "2026-10-15T00:00:00+02:00"
    assert ends(date(2026, 10, 25), BERLIN) == "2026-10-25T23:59:59+01:00"


@pytest.mark.parametrize("text", ["2026-W42-4", "20261015", "2026-10-32", "15.10.2026", "2026-10-15T10:00"])
def test_only_one_form_of_a_date_is_taken(text: str) -> None:
    assert parse_date(text) is None


def test_a_date_time_keeps_its_offset() -> None:
    moment = parse_datetime("2026-10-15T10:00:00.123z", BERLIN)
    assert moment is not None
    assert wire(moment) == "2026-10-15T10:00:00+00:00"
