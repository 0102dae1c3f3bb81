"""An account at a glance: what is known of it and around it, read side by side in one call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.models import Overview, Page, Record
from zohocrm_mcp.services.records.pages import shortened
from zohocrm_mcp.services.records.related import RelatedService
from zohocrm_mcp.services.records.service import RecordService

SHOWN = 10
CLOSED = "Closed"
ACTIVITIES = ("Tasks", "Events", "Calls")
Part = Callable[[], Awaitable[Page]]


class OverviewService:
    def __init__(self, records: RecordService, related: RelatedService) -> None:
        self._records, self._related = records, related

    async def account(self, account_id: str) -> Overview:
        """Return the account with its contacts, open deals, activities and notes.

        A part that may not be read or fails is named in ``problems``; the rest is there all the same.

        Raises:
            NotFoundError: there is no such account.
        """
        record = (await self._records.get("Accounts", account_id)).record
        found: dict[str, Page] = {}
        problems: dict[str, str] = {}
        async with anyio.create_task_group() as group:
            for name in ("Contacts", "Deals", *ACTIVITIES, "Notes"):
                group.start_soon(self._part, account_id, name, found, problems)
        return _put_together(record, found, problems)

    async def _part(self, account_id: str, name: str, found: dict[str, Page], problems: dict[str, str]) -> None:
        try:
            found[name] = await self._related.page("Accounts", account_id, name)
        except ZohoError as error:
            problems[name] = error.message


def _put_together(record: Record, found: dict[str, Page], problems: dict[str, str]) -> Overview:
    def of(name: str) -> list[Record]:
        return found[name].records if name in found else []

    deals = [deal for deal in of("Deals") if not str(deal.get("Stage", "")).startswith(CLOSED)]
    parts: dict[str, list[Record]] = {
        "contacts": of("Contacts"),
        "deals": deals,
        "activities": [{"type": name[:-1], **each} for name in ACTIVITIES for each in of(name)],
        "notes": of("Notes"),
    }
    return Overview(
        record=shortened(record),
        contacts=parts["contacts"][:SHOWN],
        deals=parts["deals"][:SHOWN],
        activities=parts["activities"][:SHOWN],
        notes=parts["notes"][:SHOWN],
        counts={name: len(records) for name, records in parts.items()},
        more=sorted(name for name, page in found.items() if page.more_records),
        problems=problems or None,
    )
