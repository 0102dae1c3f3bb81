"""The mirror in PostgreSQL: records as they are in Zoho, and how far each module is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import anyio
import anyio.to_thread
import psycopg
import pydantic_core
from psycopg.rows import class_row

from zohocrm_mcp.db.pool import Connection
from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.jobs import schedules
from zohocrm_mcp.jobs.durable import DurableStore
from zohocrm_mcp.models import Record

LOCK_CLASS = 0x5A4B
"""First half of the advisory locks on mirrored modules."""


@dataclass(frozen=True)
class MirrorState:
    """How far a module is. ``changed_until`` None: no full sync has ended, or the fields have changed since."""

    module: str
    fields: list[str]
    changed_until: datetime | None
    deleted_until: datetime | None


_INCOMING = """CREATE TEMP TABLE incoming (record_id text, data jsonb, modified_time timestamptz) ON COMMIT DROP"""
_NEWS = """SELECT count(*) FROM incoming i LEFT JOIN mirror m
               ON m.connection = %s AND m.module = %s AND m.record_id = i.record_id AND m.deleted_at IS NULL
           WHERE m.data IS DISTINCT FROM i.data"""
_NEWER = "(m.modified_time IS NULL OR excluded.modified_time IS NULL OR excluded.modified_time >= m.modified_time)"
_UPSERT = f"""
    INSERT INTO mirror AS m (connection, module, record_id, data, modified_time)
    SELECT %s, %s, record_id, data, modified_time FROM incoming
    ON CONFLICT (connection, module, record_id) DO UPDATE SET
        data = CASE WHEN {_NEWER} THEN excluded.data ELSE m.data END,
        modified_time = CASE WHEN {_NEWER} THEN excluded.modified_time ELSE m.modified_time END,
        deleted_at = CASE WHEN {_NEWER} THEN NULL ELSE m.deleted_at END,
        seen_at = now()"""  # noqa: S608 -- constants

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class MirrorStore(DurableStore):
    """The mirror of one connection."""

    what = "the mirror"

    async def state(self, module: str) -> MirrorState | None:
        query = """SELECT module, fields, changed_until, deleted_until FROM mirror_modules
                   WHERE connection = %s AND module = %s"""

        def work(db: Connection) -> MirrorState | None:
            with db.cursor(row_factory=class_row(MirrorState)) as cursor:
                return cursor.execute(query, (self._connection, module)).fetchone()

        return await self._durably(work)

    async def start_full(self, module: str, fields: Sequence[str]) -> datetime:
        """Begin a full sync and return the moment it began; until it ends the module has no checkpoint."""

        def work(db: Connection) -> datetime:
            db.execute(
                """INSERT INTO mirror_modules (connection, module, fields) VALUES (%s, %s, %s)
                   ON CONFLICT (connection, module) DO UPDATE
                   SET fields = excluded.fields, changed_until = NULL, deleted_until = NULL""",
                (self._connection, module, list(fields)),
            )
            row = db.execute("SELECT now()").fetchone()
            assert row is not None
            began: datetime = row[0]
            return began

        return await self._durably(work)

    async def end_full(self, module: str, began: datetime, until: datetime) -> int:
        """Mark as deleted what the full sync has not seen, set the checkpoint, and return how many were marked."""

        def work(db: Connection) -> int:
            gone = db.execute(
                """UPDATE mirror SET deleted_at = now(), data = '{}'
                   WHERE connection = %s AND module = %s AND seen_at < %s AND deleted_at IS NULL""",
                (self._connection, module, began),
            )
            db.execute(
                """UPDATE mirror_modules SET changed_until = %s, deleted_until = %s, full_at = now()
                   WHERE connection = %s AND module = %s""",
                (until, until, self._connection, module),
            )
            return gone.rowcount

        return await self._durably(work)

    async def put(self, module: str, records: Sequence[Record], until: datetime | None = None) -> int:
        """Write records, newer ones over older ones, and return how many were not here like that.

        With ``until`` the checkpoint moves in the same transaction.
        """

        def work(db: Connection) -> int:
            db.execute(_INCOMING)
            with db.cursor().copy("COPY incoming FROM STDIN") as copy:
                for record in records:
                    copy.write_row((record["id"], _json(record), record.get("Modified_Time")))
            news = db.execute(_NEWS, (self._connection, module)).fetchone()
            db.execute(_UPSERT, (self._connection, module))
            if until:
                db.execute(
                    "UPDATE mirror_modules SET changed_until = %s WHERE connection = %s AND module = %s",
                    (until, self._connection, module),
                )
            return int(news[0]) if news else 0

        return await self._durably(work)

    async def remove(self, module: str, deleted: Mapping[str, datetime]) -> int:
        """Mark records as deleted at their times, but for those that were changed later: they are back."""
        query = """UPDATE mirror AS m SET deleted_at = gone.at, data = '{}'
                   FROM unnest(%s::text[], %s::timestamptz[]) AS gone (record_id, at)
                   WHERE m.connection = %s AND m.module = %s AND m.record_id = gone.record_id
                     AND m.deleted_at IS NULL AND (m.modified_time IS NULL OR m.modified_time <= gone.at)"""
        given = (list(deleted), list(deleted.values()), self._connection, module)
        return await self._durably(lambda db: db.execute(query, given).rowcount)

    async def deletions_until(self, module: str, until: datetime) -> None:
        query = "UPDATE mirror_modules SET deleted_until = %s WHERE connection = %s AND module = %s"
        await self._durably(lambda db: db.execute(query, (until, self._connection, module)))

    async def schedule(self, module: str, seconds: float | None) -> None:
        """Have a module synced every so many seconds from now on, by whoever works; None: no longer."""
        await self._run(lambda db: schedules.schedule(db, self._connection, module, seconds))

    @asynccontextmanager
    async def held(self, module: str) -> AsyncIterator[bool]:
        """Hold a module, so that one process at a time syncs it; False when another one does.

        A database connection of its own carries the lock, so that the lock ends when this process does.
        """
        db = await anyio.to_thread.run_sync(self._dedicated)
        try:
            name = f"{self._connection} {module}"
            query = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
            row = await anyio.to_thread.run_sync(lambda: db.execute(query, (LOCK_CLASS, name)).fetchone())
            yield bool(row and row[0])
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(db.close)

    def _dedicated(self) -> psycopg.Connection[Any]:
        try:
            return psycopg.connect(self._database.conninfo(), autocommit=True)
        except psycopg.OperationalError as error:
            raise ZohoDatabaseError("The database does not take another connection.") from error


def _json(record: Record) -> str:
    """Return the JSON of a record without NUL, which jsonb has not; a backslash before ``u0000`` that is text stays."""
    text = pydantic_core.to_json(record).decode()
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text
