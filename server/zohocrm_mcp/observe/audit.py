"""The audit log: who did what to which records, over which connection, and how it ended.

It only grows: a trigger of the database refuses every change. It holds names of fields and never a value, so that
neither a secret nor what a denied field holds can stand in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import class_row

from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.observe.events import Event
from zohocrm_mcp.observe.logging import get_contextvars, masked
from zohocrm_mcp.observe.who import who

if TYPE_CHECKING:
    from zohocrm_mcp.db.pool import Database

__all__ = ["Audit", "Entry", "Event", "Wanted", "record"]

_LONGEST = 500
"""Characters of a text that somebody outside has chosen; more of it is cut off."""


@dataclass(frozen=True, kw_only=True)
class Entry(Event):
    """An event as it stands in the log."""

    entry_id: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries: from ``since`` to ``until`` (exclusive), and those with these words; an empty word is any.

    Of ``who`` a part is enough.
    """

    since: datetime | None = None
    until: datetime | None = None
    connection: str = ""
    who: str = ""
    event: str = ""
    record_id: str = ""
    job_id: str = ""
    call_id: str = ""
    limit: int | None = None


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

    def read(self, wanted: Wanted | None = None) -> list[Entry]:
        """Return the entries that are ``wanted`` (all), oldest first; of many, the newest ``limit``.

        Raises:
            ZohoDatabaseError: it cannot be read.
        """
        try:
            with self._database.connection() as db, db.cursor(row_factory=class_row(Entry)) as cursor:
                return cursor.execute(_READ, vars(wanted or Wanted())).fetchall()[::-1]
        except psycopg.Error as error:
            raise ZohoDatabaseError(f"The audit log cannot be read: {_words(error)}.") from error


def record(db: psycopg.Connection[Any], event: Event) -> None:
    """Append an event inside the caller's transaction: it stands if and only if the rest of it does."""
    context = get_contextvars()
    db.execute(
        """INSERT INTO audit_log (who, connection, event, outcome, record_ids, fields, call_id, job_id, detail)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            _shown(event.who or who()),
            event.connection,
            event.event,
            event.outcome,
            list(event.record_ids),
            [_shown(name) for name in event.fields],
            event.call_id or str(context.get("call_id") or ""),
            event.job_id,
            _shown(masked(event.detail)),
        ),
    )


_READ = """
    SELECT entry_id, at, who, connection, event, outcome, record_ids, fields, call_id, job_id, detail FROM audit_log
    WHERE (%(since)s::timestamptz IS NULL OR at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
      AND (%(connection)s = '' OR connection = %(connection)s) AND position(%(who)s IN who) > 0
      AND (%(event)s = '' OR event = %(event)s) AND (%(record_id)s = '' OR record_ids @> ARRAY[%(record_id)s])
      AND (%(job_id)s = '' OR job_id = %(job_id)s) AND (%(call_id)s = '' OR call_id = %(call_id)s)
    ORDER BY entry_id DESC LIMIT %(limit)s
"""


def _shown(text: str) -> str:
    """Return a text as a line of a terminal and a column of PostgreSQL can hold it."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:_LONGEST])


def _words(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error)).rstrip(".")
