"""What the settings deny by now: a job may have been written down before they did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.models import Record
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
        try:
            await self._schema.fields(module)
        except ZohoError:  # which fields are meant by their labels is not known, so no value is shown
            return [_hidden(entry, lambda _: {}) for entry in entries]
        return [_hidden(entry, partial(self._schema.visible, module)) for entry in entries]


def _hidden(entry: Entry, visible: Callable[[Record], Record]) -> Entry:
    before, sent, ours = (None if one is None else visible(one) for one in (entry.before, entry.sent, entry.ours))
    if (before, sent, ours) == (entry.before, entry.sent, entry.ours):
        return entry
    field = entry.field if entry.field in (sent or {}) else None
    message = UNSAID if entry.code == "CHANGED_SINCE" else entry.message
    return replace(entry, before=before, sent=sent or {}, ours=ours, field=field, message=message)
