"""What created records hold right after, so that an undo sees every change since.

Zoho tells the time of a change in whole seconds: within the second of creation it says nothing of who came later.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.services.bulk.reading import read_records
from zohocrm_mcp.services.exports.reader import NOT_IN_TABLES
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.zoho.api import CrmApi

log = structlog.get_logger(__name__)


class Pictures:
    """Takes them once per chunk; where that fails, an undo goes by what was sent and by Zoho's clock."""

    def __init__(self, api: CrmApi, schema: SchemaService) -> None:
        self._api, self._schema = api, schema

    async def take(self, module: str, entries: Sequence[Entry]) -> None:
        """Complete the after-images of the entries that were created by every field that somebody may change."""
        created = [entry for entry in entries if entry.action == "insert" and entry.state == "succeeded"]
        if not created:
            return
        try:
            names = await self._names(module)
            found = await read_records(self._api, module, [entry.id for entry in created], names)
        except ZohoError as error:
            log.warning("created.not_read_back", module=module, reason=error.message)
            return
        for entry in created:
            if now := found.get(entry.id):
                entry.after = {**{name: now.get(name) for name in names}, **(entry.after or {})}

    async def _names(self, module: str) -> list[str]:
        fields = (await self._schema.fields(module)).values()
        return [one.api_name for one in fields if one.updatable and one.type not in NOT_IN_TABLES]
