"""Times: seconds inside, ISO 8601 in the user's zone on the wire."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from zohocrm_mcp.simulator.sources import known


@lru_cache(maxsize=16)
def zone(offset: str) -> dt.timezone:
    """The zone of an offset such as ``+05:30``."""
    sign = -1 if offset.startswith("-") else 1
    hours, minutes = offset[1:].split(":")
    return dt.timezone(sign * dt.timedelta(hours=int(hours), minutes=int(minutes)))


@known("live: times carry the offset of the user's zone, never Z", 2026)
@lru_cache(maxsize=50_000)
def iso(seconds: int, offset: str) -> str:
    return dt.datetime.fromtimestamp(seconds, zone(offset)).isoformat()


def parse(text: str) -> int | None:
    """Seconds of an ISO time with an offset; None for anything else."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(moment.timestamp()) if moment.tzinfo else None


def is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-01-31")
