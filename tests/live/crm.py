"""An organisation under test, and the accounts that a test has made in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
from pydantic import JsonValue

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.models import Answer, Record
from zohocrm_mcp.services.records.cursors import Cursors
from zohocrm_mcp.services.records.pages import Pager
from zohocrm_mcp.services.records.service import RecordService
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.bulk import BulkApi
from zohocrm_mcp.zoho.files import FileTransfer, open_file_client
from zohocrm_mcp.zoho.opening import Opened, open_gateway

LAG = 120.0
"""Seconds after which Zoho's index must hold what was written."""

COUNT_LAG = 660.0
"""The same for the count, which may be ten minutes old (Zoho CRM v8 docs, record count)."""


@dataclass
class Crm:
    """``run`` is part of the name of every account that this run makes."""

    api: CrmApi
    bulk: BulkApi
    schema: SchemaService
    opened: Opened
    run: str
    made: list[str] = field(default_factory=list)

    @property
    def records(self) -> RecordService:
        return RecordService(self.api, self.schema, Pager(Cursors([b"0" * 32])))

    def name(self, what: str) -> str:
        return f"zohocrm-mcp {self.run} {what}"

    async def valid(self, what: str, **values: JsonValue) -> Record:
        """Return values that the organisation takes for a new account, whatever its layout asks for."""
        described = await self.schema.describe("Accounts")
        example, required = described.example or {}, described.required or []
        return {**{name: example[name] for name in required}, "Account_Name": self.name(what), **values}

    async def make(self, *what: str, **values: JsonValue) -> list[str]:
        """Create an account for each name; it is deleted when the test has ended."""
        answer = await self.api.create("Accounts", [await self.valid(each, **values) for each in what])
        ids = self.keep(answer)
        assert len(ids) == len(what), answer.body
        return ids

    def keep(self, answer: Answer) -> list[str]:
        """Remember the accounts that a call has made, and return their ids."""
        ids = [str(id_of(item)) for item in answer.data if item["status"] == "success"]
        self.made += [each for each in ids if each not in self.made]
        return ids

    async def held(self, account: str, *fields: str) -> Record:
        (record,) = (await self.api.get_record("Accounts", account, fields)).data
        return record

    async def clean(self) -> None:
        for start in range(0, len(self.made), 100):
            await self.api.delete_many("Accounts", self.made[start : start + 100])


@asynccontextmanager
async def opened_crm(settings: Settings, run: str) -> AsyncIterator[Crm]:
    """Open the gateway as the product does; leaving the block deletes what was made through it."""
    database = database_of(settings)
    opened = await anyio.to_thread.run_sync(open_gateway, settings, database)
    row, api = opened.row, CrmApi(opened.gateway)
    try:
        async with open_file_client(settings) as client:
            files = FileTransfer(client, opened.keeper, opened.finder, row.connection, (row.api_url, row.upload_url))
            bulk = BulkApi(opened.gateway, files, api_url=row.api_url, upload_url=row.upload_url)
            crm = Crm(api, bulk, SchemaService(api), opened, run)
            try:
                yield crm
            finally:
                await crm.clean()
    finally:
        await anyio.to_thread.run_sync(opened.close)
        await anyio.to_thread.run_sync(database.close)


def id_of(item: Record) -> JsonValue:
    """Return the id that an item of a write answer speaks of."""
    details = item["details"]
    assert isinstance(details, dict)
    return details["id"]


async def in_time(look: Callable[[], Awaitable[bool]], seconds: float = LAG, pause: float = 1.0) -> None:
    """Look again and again until it is so."""
    with anyio.fail_after(seconds):
        while not await look():  # noqa: ASYNC110 -- it happens at Zoho
            await anyio.sleep(pause)
