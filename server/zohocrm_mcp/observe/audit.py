"""The audit log: who did what to which records, over which connection, and how it ended.

It only grows: a trigger of the database refuses every change. It holds names of fields and never a value, so that
neither a secret nor a denied field can stand in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import class_row

from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.observe.logging import get_contextvars, masked
from zohocrm_mcp.observe.who import who

if TYPE_CHECKING:
    from zohocrm_mcp.db.pool import Database


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something to remember.

    ``event`` is a tool's name or a word such as ``auth.refreshed``; ``outcome`` is ``ok`` or the kind of the error.
    ``who`` and ``call_id`` are taken from the log context (keys of the same names) when they are empty; without one it
    was whoever runs this process. ``detail`` is for people; what looks like a secret is masked in it.
    """

    event: str
    connection: str
    outcome: str = "ok"
    record_ids: Sequence[str] = ()
    fields: Sequence[str] = ()
    detail: str = ""
    who: str = ""
    call_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry(Event):
    """An event as it stands in the log."""

    entry_id: int
    at: datetime


class Audit:
    """The log of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, event: Event) -> None:
        """Append an event.

        Raises:
            ZohoDatabaseError: it could not be written.
        """
        try:
            with self._database.connection() as db:
                record(db, event)
        except psycopg.Error as error:
            raise ZohoDatabaseError(f"The audit log cannot be written: {_words(error)}.") from error

    def read(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        connection: str | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """Return the entries from ``since`` to ``until`` (exclusive), oldest first; of many, the newest ``limit``.

        Raises:
            ZohoDatabaseError: it cannot be read.
        """
        try:
            with self._database.connection() as db, db.cursor(row_factory=class_row(Entry)) as cursor:
                found = cursor.execute(_READ, {"since": since, "until": until, "of": connection, "limit": limit})
                return found.fetchall()[::-1]
        except psycopg.Error as error:
            raise ZohoDatabaseError(f"The audit log cannot be read: {_words(error)}.") from error


def record(db: psycopg.Connection[Any], event: Event) -> None:
    """Append an event inside the caller's transaction: it stands if and only if the rest of it does."""
    context = get_contextvars()
    db.execute(
        """INSERT INTO audit_log (who, connection, event, outcome, record_ids, fields, call_id, detail)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            event.who or who(),
            event.connection,
            event.event,
            event.outcome,
            list(event.record_ids),
            list(event.fields),
            event.call_id or str(context.get("call_id") or ""),
            masked(event.detail),
        ),
    )


_READ = """
    SELECT entry_id, at, who, connection, event, outcome, record_ids, fields, call_id, detail FROM audit_log
    WHERE (%(since)s::timestamptz IS NULL OR at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
      AND (%(of)s::text IS NULL OR connection = %(of)s)
    ORDER BY entry_id DESC LIMIT %(limit)s
"""


def _words(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error)).rstrip(".")
