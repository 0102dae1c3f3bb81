"""Exports in PostgreSQL: pages of records, written once, read by URI until they expire."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pydantic_core
from psycopg.types.json import Json

from zohocrm_mcp.db.pool import Connection
from zohocrm_mcp.db.texts import uuid_of
from zohocrm_mcp.errors import ConflictError, NotFoundError, UnavailableError
from zohocrm_mcp.jobs.durable import DurableStore
from zohocrm_mcp.models import Record

KEPT_DAYS = 7
PAGE = 200
"""Records a page: what a model reads at once."""

AGAIN = f"Exports are kept for {KEPT_DAYS} days; read again with bulk_read_accounts."


@dataclass(frozen=True)
class ExportPage:
    """One page of an export; ``last`` says that there is none after it."""

    records: list[Record]
    last: bool


@dataclass(frozen=True)
class ExportRow:
    """What is known of an export. ``state``: writing, complete or failed; ``summary`` is there once it is complete."""

    export_id: str
    module: str
    state: str
    record_count: int
    summary: dict[str, Any]


class ExportStore(DurableStore):
    """The exports of one connection; another connection's are not found."""

    what = "the export"

    async def create(self, module: str, fields: Sequence[str], condition: str) -> str:
        """Open a new export and return its id. Expired exports of everybody are removed on the way."""
        export_id = str(uuid.uuid4())

        def insert(db: Connection) -> None:
            db.execute("DELETE FROM exports WHERE expires_at < now()")
            db.execute(
                """INSERT INTO exports (export_id, connection, module, fields, condition, expires_at)
                   VALUES (%s, %s, %s, %s, %s, now() + make_interval(days => %s))""",
                (export_id, self._connection, module, list(fields), condition, KEPT_DAYS),
            )

        await self._run(insert)
        return export_id

    async def start(self, export_id: str, run: int) -> None:
        """Empty the export for a new run; what an older run still writes is refused from here on."""

        def clear(db: Connection) -> None:
            db.execute(
                "UPDATE exports SET run = %s, state = 'writing', record_count = 0 WHERE export_id = %s",
                (run, export_id),
            )
            db.execute("DELETE FROM export_pages WHERE export_id = %s", (export_id,))

        await self._durably(clear)

    async def add(self, export_id: str, run: int, first_page: int, records: Sequence[Record]) -> int:
        """Write records as pages of ``PAGE``, all of them or none, and return the number of the page after them.

        Raises:
            ConflictError: somebody else writes this export by now, or it was deleted.
            ZohoDatabaseError: PostgreSQL has no room for it.
        """
        pages = [records[start : start + PAGE] for start in range(0, len(records), PAGE)]

        def insert(db: Connection) -> None:
            grown = db.execute(
                "UPDATE exports SET record_count = %s WHERE export_id = %s AND run = %s AND state = 'writing'",
                ((first_page - 1) * PAGE + len(records), export_id, run),
            )
            if not grown.rowcount:
                raise ConflictError("The export was deleted, or another process writes it.")
            db.execute("DELETE FROM export_pages WHERE export_id = %s AND page >= %s", (export_id, first_page))
            with db.cursor().copy("COPY export_pages (export_id, page, records) FROM STDIN") as copy:
                for number, page in enumerate(pages, first_page):
                    copy.write_row((export_id, number, pydantic_core.to_json(page).decode()))

        await self._durably(insert)
        return first_page + len(pages)

    async def complete(self, export_id: str, run: int, summary: dict[str, Any]) -> None:
        """Say that everything is there."""
        await self._durably(
            lambda db: db.execute(
                "UPDATE exports SET state = 'complete', summary = %s WHERE export_id = %s AND run = %s",
                (Json(summary), export_id, run),
            )
        )

    async def fail(self, export_id: str, run: int) -> None:
        """Remove the pages of an export that will not be completed. Leaves one alone that has another run by now."""

        def clear(db: Connection) -> None:
            failed = "UPDATE exports SET state = 'failed' WHERE export_id = %s AND run = %s AND state = 'writing'"
            if db.execute(failed, (export_id, run)).rowcount:
                db.execute("DELETE FROM export_pages WHERE export_id = %s", (export_id,))

        await self._durably(clear)

    async def find(self, export_id: str) -> ExportRow:
        """Return what is known of an export.

        Raises:
            NotFoundError: no such export of this connection, or it has expired.
        """
        query = """SELECT export_id::text, module, state, record_count, summary FROM exports
                   WHERE export_id = %s AND connection = %s AND expires_at > now()"""
        number = uuid_of(export_id)
        found = await self._run(lambda db: db.execute(query, (number, self._connection)).fetchone())
        if found is None:
            raise NotFoundError(f"There is no export {export_id!r}.", hint=AGAIN)
        return ExportRow(*found)

    async def latest(self) -> list[ExportRow]:
        """Return what has not expired, the newest first."""
        query = """SELECT export_id::text, module, state, record_count, summary FROM exports
                   WHERE connection = %s AND expires_at > now() ORDER BY created_at DESC, export_id"""
        return [
            ExportRow(*row) for row in await self._run(lambda db: db.execute(query, (self._connection,)).fetchall())
        ]

    async def page(self, export_id: str, page: int) -> ExportPage:
        """Return a page. While the export is written, only pages with another one after them are certain to be whole.

        Raises:
            NotFoundError: no such export of this connection, it has expired, or it has fewer pages.
            UnavailableError: the page is not written yet.
            ConflictError: the export will not be completed.
        """
        row = await self.find(export_id)
        if row.state == "failed":
            raise ConflictError(f"The export {export_id} is incomplete: its reading was stopped.", hint=AGAIN)
        query = "SELECT page, records FROM export_pages WHERE export_id = %s AND page IN (%s, %s) ORDER BY page"
        found = await self._run(lambda db: db.execute(query, (row.export_id, page, page + 1)).fetchall())
        if found and found[0][0] == page:
            return ExportPage(json.loads(found[0][1]), last=row.state == "complete" and len(found) == 1)
        if row.state == "complete" and page == 1:
            return ExportPage([], last=True)
        if row.state == "complete":
            raise NotFoundError(f"The export {export_id} has no page {page}.", hint=AGAIN)
        raise UnavailableError(f"Page {page} of the export is not read yet.", hint="get_job says how far its job is.")

    async def delete(self, export_id: str) -> None:
        """Remove an export and its pages.

        Raises:
            NotFoundError: no such export of this connection.
        """
        row = await self.find(export_id)
        await self._run(lambda db: db.execute("DELETE FROM exports WHERE export_id = %s", (row.export_id,)))
