"""Small deterministic functions of a record's index: the same seed gives the same value, in any order of asking."""

from __future__ import annotations

import datetime as dt
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

Column = Callable[[int], object]

ANCHOR = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
ANCHOR_SECONDS = int(ANCHOR.timestamp())
DAY = 86_400
_WORD = 0xFFFFFFFF


def salt_of(seed: int, name: str) -> int:
    return zlib.crc32(f"{seed}/{name}".encode())


def mix(index: int, salt: int) -> int:
    """32 well-stirred bits of an index."""
    word = (index * 0x9E3779B1 + salt) & _WORD
    word ^= word >> 15
    word = word * 0x85EBCA6B & _WORD
    word ^= word >> 13
    word = word * 0xC2B2AE35 & _WORD
    return word ^ word >> 16


def choose(pool: Sequence[object], salt: int) -> Column:
    size = len(pool)
    return lambda index: pool[mix(index, salt) % size]


def weighted(shares: Mapping[str, int], salt: int, none: int = 0) -> Column:
    """Pick by whole shares; ``none`` is the share of empty values."""
    pool = [value for value, share in shares.items() for _ in range(share)]
    return choose([*pool, *([None] * none)], salt)


def numbers(least: int, most: int, salt: int) -> Column:
    span = most - least + 1
    return lambda index: least + mix(index, salt) % span


def magnitudes(least: float, most: float, salt: int, step: int = 1000) -> Column:
    """Amounts spread evenly over orders of magnitude, as revenues are."""
    return choose(_amounts(least, most, step), salt)


def days(first: int, last: int, salt: int) -> Column:
    """Dates between so many days from the anchor."""
    return choose(_dates(first, last), salt)


@lru_cache
def _amounts(least: float, most: float, step: int) -> list[float]:
    low, width = math.log(least), math.log(most) - math.log(least)
    return [round(math.exp(low + width * part / 997) / step) * float(step) for part in range(998)]


@lru_cache
def _dates(first: int, last: int) -> list[str]:
    return [(ANCHOR.date() + dt.timedelta(days=day)).isoformat() for day in range(first, last + 1)]


def sometimes(column: Column, percent: int, salt: int) -> Column:
    """The column's value for so many in a hundred, else nothing."""
    return lambda index: column(index) if mix(index, salt) % 100 < percent else None


def subset(pool: Sequence[str], salt: int) -> Column:
    """Up to three values of a pool, in its order."""

    def some(index: int) -> object:
        bits = mix(index, salt)
        chosen = {bits % len(pool), bits // 7 % len(pool), bits // 49 % len(pool)}
        return [value for place, value in enumerate(pool) if place in chosen][: bits // 343 % 4]

    return some
