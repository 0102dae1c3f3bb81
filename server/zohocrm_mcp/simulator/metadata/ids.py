"""Ids as Zoho makes them: digits of the organisation, then a counter; stable suffixes for what every org has."""

from __future__ import annotations

import zlib

from zohocrm_mcp.simulator.sources import known

ORG_PREFIX = 5437896


@known("live: the same id suffixes in most organisations (modules, profiles, roles, layouts); 16 to 19 digits", 2026)
def org_id(suffix: int) -> int:
    """An id of this organisation: 19 digits."""
    return ORG_PREFIX * 10**12 + suffix


def named_id(*names: str) -> int:
    """A stable id for something that has a name but no documented suffix."""
    return org_id(10_000_000 + zlib.crc32("/".join(names).encode()) % 80_000_000)
