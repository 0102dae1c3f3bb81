"""Dates, date-times and spans such as ``last_30_days``, in the time zone of the signed-in user."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from zohocrm_mcp.services.names import fold

DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_SPAN = re.compile(r"(last|next)(\d{1,4})(day|week|month|year)s?\Z")
_NAMED = re.compile(r"(last|this|next)(week|month|quarter|year)\Z")
_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
SPANS = "today, yesterday, tomorrow, this_week, last_month, next_quarter, this_year, last_30_days, next_2_weeks"


@dataclass(frozen=True)
class Span:
    """Whole days, the first and the last included."""

    first: date
    last: date


def parse_date(text: str) -> date | None:
    """Return the date of ``yyyy-MM-dd``, None for anything else."""
    try:
        return date.fromisoformat(text) if DATE.match(text) else None
    except ValueError:
        return None


def parse_datetime(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment of an ISO 8601 date-time, one without offset in ``zone``; None for anything else."""
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("z", "Z"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def wire(moment: datetime) -> str:
    """Return ``yyyy-MM-ddTHH:mm:ss±HH:mm``, the form that every interface of Zoho takes."""
    return moment.replace(microsecond=0).isoformat()


def starts(day: date, zone: tzinfo) -> str:
    """Return the first second of ``day``, for Zoho."""
    return wire(datetime.combine(day, time.min, zone))


def ends(day: date, zone: tzinfo) -> str:
    """Return the last second of ``day``, for Zoho."""
    return wire(datetime.combine(day, time(23, 59, 59), zone))


def span(text: str, today: date) -> Span | None:
    """Return the days that ``text`` names, None when it names none.

    ``last_n_days`` and ``next_n_days`` include today. Weeks start on Monday. ``last_n_weeks`` counts back from today,
    ``last_week`` is the calendar week before this one; the same for months, quarters and years.
    """
    word = fold(text)
    if word in _DAYS:
        day = today + timedelta(days=_DAYS[word])
        return Span(day, day)
    if parts := _NAMED.match(word):
        return _calendar(parts[1], parts[2], today)
    if parts := _SPAN.match(word):
        return _counted(parts[1], int(parts[2]), parts[3], today)
    return None


def _calendar(which: str, unit: str, today: date) -> Span:
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        return Span(monday, monday + timedelta(days=6))
    months = _MONTHS[unit]
    first = _months(today.replace(day=1, month=(today.month - 1) // months * months + 1), step * months)
    return Span(first, _months(first, months) - timedelta(days=1))


def _counted(which: str, count: int, unit: str, today: date) -> Span:
    sign = -1 if which == "last" else 1
    if unit in _MONTHS:
        other = _months(today, sign * count * _MONTHS[unit])
    else:
        other = today + sign * count * timedelta(days=7 if unit == "week" else 1)
    return Span(min(other, today), max(other, today))


def _months(day: date, count: int) -> date:
    """Return ``day`` moved by months, on the last day of a shorter one, inside the calendar."""
    moved = min(max(day.year * 12 + day.month - 1 + count, date.min.year * 12), date.max.year * 12 + 11)
    year, month = moved // 12, moved % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
