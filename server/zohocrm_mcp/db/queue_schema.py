"""The tables of the job library, procrastinate: as its installed version has them, and raised when that is newer.

Its SQL is read from the package without importing it: every process looks at its start whether something is missing.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

LIBRARY = "procrastinate"
WHOLE = "schema.sql"


def missing(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the library's files that are still to be applied, in order; none while our own migrations lack the list.

    ``schema.sql`` alone stands for a library that is not there at all. What a newer version of it has applied is left.
    """
    if connection.execute("SELECT to_regclass('queue_migrations')").fetchone() == (None,):
        return []
    known = {name for (name,) in connection.execute("SELECT name FROM queue_migrations")}
    return [name for name in _files() if name not in known] if known else [WHOLE]


def apply(connection: psycopg.Connection[Any], file: str) -> None:
    """Apply one of the missing files, and write down that it is there; inside the caller's transaction and lock."""
    folder = _folder()
    connection.execute((folder / file if file == WHOLE else folder / "migrations" / file).read_bytes())
    done = _files() if file == WHOLE else [file]
    connection.execute("INSERT INTO queue_migrations (name) SELECT unnest(%s::text[])", [done])


@cache
def _folder() -> Path:
    spec = importlib.util.find_spec(LIBRARY)
    assert spec is not None, "a dependency of this package"
    assert spec.origin is not None
    return Path(spec.origin).parent / "sql"


@cache
def _files() -> list[str]:
    return sorted(file.name for file in (_folder() / "migrations").glob("*.sql"))
