"""What a client does with accounts, on the services."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress

import anyio
import pydantic_core

from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.errors import ConflictError, InvalidInputError
from zohocrm_mcp.models import Job, Page, Record
from zohocrm_mcp.observe.events import Event
from zohocrm_mcp.python.auditing import audited
from zohocrm_mcp.python.listing import Listing, NumberedPages
from zohocrm_mcp.python.parts import Parts
from zohocrm_mcp.python.results import BulkUpdate, bulk_update
from zohocrm_mcp.services.records.pages import MOST_RECORDS
from zohocrm_mcp.services.records.service import SORTABLE
from zohocrm_mcp.services.search.asking import Request

MODULE = "Accounts"
EVERYTHING = "id is not null"
ORDERS = ("", "asc", "desc")
LONGEST_ID, MOST_FIELDS = 20, 200
"""Of what a script has given, in a row of the audit log."""
LOOK_SECONDS = 0.5
"""How often to look at a job of another process."""


class Accounts:
    """One client's."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pages = NumberedPages(self._read)

    async def page(self, listing: Listing, limit: int, number: int) -> list[Record]:
        _between("limit", limit, MOST_RECORDS)
        _between("page", number)
        if listing.sort_order not in ORDERS:
            raise InvalidInputError(
                f"sort_order is {listing.sort_order!r}.",
                hint="Use asc or desc.",
                field="sort_order",
                code="INVALID_DATA",
            )
        return await self._pages.page(listing, limit, number)

    async def get(self, account_id: str) -> Record:
        return (await self._parts.records.get(MODULE, account_id)).record

    async def update(self, account_id: str, values: Mapping[str, object]) -> Record:
        async with audited(self._parts.audit, _update_of(account_id, values)) as told:
            updated = await self._parts.records.update(MODULE, account_id, _plain(values))
            told.fields = list(updated.changed)
        return await self.get(account_id)

    async def update_many(self, records: Sequence[Mapping[str, object]]) -> BulkUpdate:
        """Change records and wait for the end, however long it takes."""
        job = await self._ended(await self._parts.bulk.update(MODULE, [_plain(record) for record in records]))
        return bulk_update(job, await self._parts.journal.entries(uuid.UUID(job.job_id)))

    async def search(self, criteria: str, limit: int) -> list[Record]:
        _between("limit", limit)
        if not criteria.strip():
            raise InvalidInputError(
                "criteria is empty.", hint="Give a condition; iter_accounts reads all accounts.", field="criteria"
            )
        found: list[Record] = []
        cursor = ""
        while len(found) < limit:
            wanted = min(limit - len(found), MOST_RECORDS)
            page = await self._parts.search.search(MODULE, criteria=criteria, limit=wanted, cursor=cursor)
            found += page.records
            cursor = page.next_cursor
            if not cursor:
                break
        return found

    async def batches(self, criteria: str, fields: Sequence[str]) -> AsyncIterator[list[Record]]:
        """Yield all records that meet the condition, by the interface of Zoho that fits their number."""
        reader = self._parts.reader
        wanted = await reader.wanted(MODULE, Request(criteria=criteria), fields, now=reader.now())
        async with aclosing(reader.batches(wanted, await reader.count(wanted), _always)) as batches:
            async for batch in batches:
                yield batch

    async def _ended(self, job: Job) -> Job:
        """Wait for a job that another process has been quicker to take up; go on with one that nobody is at."""
        while job.state in {"queued", "running"}:
            await anyio.sleep(LOOK_SECONDS)
            with suppress(ConflictError):  # it has ended meanwhile
                await self._parts.jobs.resume(job.job_id)
            job = await self._parts.jobs.get(job.job_id)
        return job

    async def _read(self, listing: Listing, cursor: str, limit: int) -> Page:
        """Read from the list, or, in an order that it does not know, by a search for everything."""
        (by,) = await self._parts.schema.names(MODULE, [listing.sort_by]) if listing.sort_by else ("",)
        if by in {"", *SORTABLE}:
            return await self._parts.records.list(
                MODULE, limit=limit, cursor=cursor, sort_by=by, sort_order=listing.sort_order, fields=listing.fields
            )
        return await self._parts.search.search(
            MODULE,
            criteria=EVERYTHING,
            limit=limit,
            cursor=cursor,
            sort_by=by,
            sort_order=listing.sort_order,
            fields=listing.fields,
        )


async def _always() -> bool:
    return True


def _update_of(account_id: str, values: Mapping[str, object]) -> Event:
    """Return the row of an update that has not begun; what cannot be an id is left out of it."""
    ids = [account_id] if account_id.isascii() and account_id.isdecimal() and len(account_id) <= LONGEST_ID else []
    fields = [str(name) for name in values][:MOST_FIELDS]
    return Event(event="update_account", connection=DEFAULT, record_ids=ids, fields=fields)


def _plain(values: Mapping[str, object]) -> Record:
    """Return what Python has instead of JSON (dates, decimals, sets …) as JSON has it."""
    try:
        plain: Record = pydantic_core.to_jsonable_python(values)
    except pydantic_core.PydanticSerializationError as error:
        raise InvalidInputError(f"A value cannot be sent: {error}.", code="INVALID_DATA") from error
    return plain


def _between(name: str, value: int, most: int | None = None) -> None:
    if value < 1 or (most is not None and value > most):
        hint = f"Use 1 to {most}." if most else "Use 1 or more."
        raise InvalidInputError(f"{name} is {value}.", hint=hint, field=name, code="INVALID_DATA")
