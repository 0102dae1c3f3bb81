"""What the settings deny by now: a job may have been written down before they did."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.services.schema.service import SchemaService

UNSAID = "Left alone: it was changed since, in what this server's settings deny to show."


class Denials:
    """Keeps denied fields out of what jobs write, and out of what is told of them."""

    def __init__(self, schema: SchemaService) -> None:
        self._schema = schema

    async def refuse(self, module: str, entries: Sequence[Entry]) -> None:
        """Fail entries that would write a denied field."""
        if not self._schema.denies:
            return
        await self._schema.fields(module)  # labels that are denied are known with them
        for entry in entries:
            if entry.state == "pending" and len(self._schema.visible(module, entry.sent)) < len(entry.sent):
                entry.fail("NOT_ALLOWED", "It holds a field that this server's settings deny; plan it without.")

    async def hide(self, module: str, entries: Iterable[Entry]) -> list[Entry]:
        """Return the entries without the values of denied fields."""
        if not self._schema.denies:
            return list(entries)
        with contextlib.suppress(ZohoError):  # a job is told of even where Zoho does not answer
            await self._schema.fields(module)
        return [self._hidden(module, entry) for entry in entries]

    def _hidden(self, module: str, entry: Entry) -> Entry:
        before = None if entry.before is None else self._schema.visible(module, entry.before)
        sent = self._schema.visible(module, entry.sent)
        ours = None if entry.ours is None else self._schema.visible(module, entry.ours)
        if (before, sent, ours) == (entry.before, entry.sent, entry.ours):
            return entry
        field = entry.field if entry.field in sent else None
        message = UNSAID if entry.code == "CHANGED_SINCE" else entry.message
        return replace(entry, before=before, sent=sent, ours=ours, field=field, message=message)
