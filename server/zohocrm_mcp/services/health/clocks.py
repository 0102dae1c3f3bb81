"""How far this machine's clock is from Zoho's."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime


def skew(before: datetime, after: datetime, date: str) -> float | None:
    """Return by how many seconds we are ahead, from an answer's Date header; None where there is none."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (before + (after - before) / 2 - theirs).total_seconds()
