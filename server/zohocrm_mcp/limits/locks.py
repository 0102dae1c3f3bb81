"""Places as advisory locks: PostgreSQL frees them when the session that holds them ends, however it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from psycopg import Connection

Db = Connection[Any]
CHANNEL = "zohocrm_limits"
_PRESENCE = 0
FIRST_HEAVY = 100
"""Number of the lock below the first place for heavy calls; those of other calls begin with 1."""


def class_of(key: str) -> int:
    """Return the number under which an organisation's locks stand."""
    return int.from_bytes(hashlib.sha256(f"limits/{key}".encode()).digest()[:4], "big") >> 1


def take(db: Db, number: int, candidates: Collection[int], most: int) -> set[int]:
    """Lock up to ``most`` of the candidates, none of which this session may hold already."""
    found = db.execute(
        "SELECT place FROM unnest(%s::int[]) AS place WHERE pg_try_advisory_lock(%s, place) LIMIT %s",
        (list(candidates), number, most),
    )
    return {row[0] for row in found}


def give(db: Db, number: int, places: Collection[int]) -> None:
    db.execute("SELECT pg_advisory_unlock(%s, place) FROM unnest(%s::int[]) AS place", (number, list(places)))


def be_present(db: Db, number: int) -> None:
    """Count as one of the processes that share the organisation, until the session ends or ``be_absent``."""
    db.execute("SELECT pg_try_advisory_lock_shared(%s, %s)", (number, _PRESENCE))


def be_absent(db: Db, number: int) -> None:
    db.execute("SELECT pg_advisory_unlock_shared(%s, %s)", (number, _PRESENCE))


_HELD = """FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid = %s
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


def others(db: Db, number: int) -> int:
    """Return how many other processes are present."""
    query = f"SELECT count(*) {_HELD} AND objid = %s AND pid <> pg_backend_pid()"
    return int(db.execute(query, (number, _PRESENCE)).fetchone()[0])  # type: ignore[index]  # an aggregate has a row


def held(db: Db, number: int) -> int:
    """Return how many places all processes hold."""
    query = f"SELECT count(*) {_HELD} AND objid BETWEEN 1 AND {FIRST_HEAVY}"
    return int(db.execute(query, (number,)).fetchone()[0])  # type: ignore[index]  # an aggregate has a row


def tell(db: Db, number: int, word: str, *facts: int) -> None:
    """Notify every process: ``want`` (kind, held, wanted), ``freed`` or ``throttled``."""
    db.execute("SELECT pg_notify(%s, %s)", (CHANNEL, " ".join(map(str, (number, word, *facts)))))
