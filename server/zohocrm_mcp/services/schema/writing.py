"""Values on their way to Zoho: checked against the metadata, lookups found, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo

import anyio.lowlevel
from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.authentication.me import Me
from zohocrm_mcp.services.guessing import guessing_little
from zohocrm_mcp.services.schema.catalogue import Catalogue
from zohocrm_mcp.services.schema.lookups import Lookups
from zohocrm_mcp.services.schema.metadata import Metadata, layouts_of
from zohocrm_mcp.services.schema.validation import Draft, Rules, draft

Values = Mapping[str, JsonValue]
Known = dict[str, Rules]
"""The rules that were made for the records of one call, by the layout that a record names."""


class Writing:
    """Checks records; see ``SchemaService.check_values``."""

    def __init__(self, catalogue: Catalogue, lookups: Lookups, me: Me) -> None:
        self._catalogue = catalogue
        self._lookups = lookups
        self._me = me

    async def required(self, meta: Metadata, layout: str = "") -> frozenset[str]:
        """Return the fields a record must have: the system's, and those of the layouts it may get."""
        layouts = await self._catalogue.layouts(meta.module)
        chosen = tuple(one for one in layouts if one.id == layout)
        if not chosen and len(layouts) > 1:
            chosen = layouts_of(layouts, await self._me.profile())
        names = frozenset(name for one in chosen or layouts for name in one.required)
        fields = meta.fields.values()
        return frozenset(one.api_name for one in fields if one.required or (one.creatable and one.api_name in names))

    async def check(self, module: str, values: Values, *, creating: bool) -> Record:
        """Return ``values`` as they may be sent."""
        return await self._finished(await self._draft(module, values, {}, creating=creating))

    async def check_many(
        self, module: str, records: Sequence[Values], *, creating: bool
    ) -> list[Record | InvalidInputError]:
        """Return each record as it may be sent, or why not; names of lookups are found with few calls."""
        known: Known = {}
        with guessing_little():
            drafts = [await self._try(module, values, known, creating=creating) for values in records]
        await self._lookups.prefetch(one for made in drafts if isinstance(made, Draft) for one in made.wanted.values())
        return [await self._try_finish(made) if isinstance(made, Draft) else made for made in drafts]

    async def _try(self, module: str, values: Values, known: Known, *, creating: bool) -> Draft | InvalidInputError:
        try:
            return await self._draft(module, values, known, creating=creating)
        except InvalidInputError as error:
            await anyio.lowlevel.checkpoint()  # what is near a wrong name takes a while to find: others call as well
            return error

    async def _try_finish(self, made: Draft) -> Record | InvalidInputError:
        try:
            return await self._finished(made)
        except InvalidInputError as error:
            return error

    async def _finished(self, made: Draft) -> Record:
        for field, one in made.wanted.items():
            made.record[field] = {"id": await self._lookups.resolve(one, field)}
        return made.record

    async def _draft(self, module: str, values: Values, known: Known, *, creating: bool) -> Draft:
        try:
            return draft(values, await self._rules(module, values, known, creating=creating))
        except InvalidInputError as error:
            name = (await self._catalogue.module(module)).api_name
            if not (error.details.get("outdated") and self._catalogue.refresh(name)):
                raise
        known.clear()
        return draft(values, await self._rules(module, values, known, creating=creating))

    async def _rules(self, module: str, values: Values, known: Known, *, creating: bool) -> Rules:
        given = values.get("Layout")
        layout = str(given.get("id")) if isinstance(given, dict) else str(given or "")
        if layout not in known:
            meta = await self._catalogue.metadata(module)
            layouts, required = await self._catalogue.layouts(meta.module), await self.required(meta, layout)
            known[layout] = Rules(meta, layouts, required, await self._zone(meta), creating)
        return known[layout]

    async def _zone(self, meta: Metadata) -> tzinfo:
        writable = any(one.type == "datetime" and not one.read_only for one in meta.fields.values())
        return await self._me.zone() if writable else UTC
