"""What hangs on a record: its related lists, and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zohocrm_mcp.errors import InvalidInputError, NotAllowedError, NotFoundError
from zohocrm_mcp.models import Created, Page, Record
from zohocrm_mcp.services.cache import AgedCache
from zohocrm_mcp.services.names import resolve, shown
from zohocrm_mcp.services.quoting import quoted
from zohocrm_mcp.services.records.outcomes import outcomes
from zohocrm_mcp.services.records.pages import Pager
from zohocrm_mcp.services.records.sources import RelatedSource
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.services.schema.catalogue import TTL, rows_of
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.zoho.api import CrmApi

PAGE = 50
NOTE_FIELDS = ("Note_Title", "Note_Content", "Owner", "Created_Time", "Modified_Time")


@dataclass(frozen=True)
class RelatedList:
    """A related list of a module: ``module`` is what its records are."""

    api_name: str
    label: str
    module: str


class RelatedService:
    def __init__(self, api: CrmApi, schema: SchemaService, pager: Pager) -> None:
        self._api, self._schema, self._pager = api, schema, pager
        self._lists: AgedCache[str, list[RelatedList]] = AgedCache(self._load, ttl=TTL)

    async def page(
        self, module: str, record_id: str, related_list: str, *, fields: Sequence[str] = (), cursor: str = ""
    ) -> Page:
        """Return a page of the records related to a record.

        Raises:
            InvalidInputError: the module has no such related list (all are told), or a field is unknown.
        """
        name = (await self._schema.module(module)).api_name
        found = await self._list(name, related_list)
        columns = await self.columns(found.module, fields)

        def shape(row: Record) -> Record:
            record = self._schema.visible(found.module, clean(row))
            return {key: value for key, value in record.items() if key in {"id", *columns}}

        source = RelatedSource(self._api, name, columns, shape, record_id=record_id, related_list=found.api_name)
        key = ("related", name, record_id, found.api_name, *columns)
        shown_ = await self._pager.page(source, key, cursor, PAGE)
        return Page(
            records=shown_.records, count=len(shown_.records), more_records=shown_.more, next_cursor=shown_.next_cursor
        )

    async def columns(self, module: str, fields: Sequence[str] = ()) -> list[str]:
        """Return the fields to read of related records; notes have a set of their own."""
        if module == "Notes" and not fields:
            return [one for one in NOTE_FIELDS if not self._schema.catalogue.is_denied(module, one)]
        return await self._schema.page_fields(module, fields)

    async def add_note(self, module: str, record_id: str, title: str, content: str) -> Created:
        """Add a note to a record.

        Raises:
            InvalidInputError: title and content are both empty.
            NotFoundError: there is no such record.
            NotAllowedError: the settings deny a field of notes that is given.
        """
        name = (await self._schema.module(module)).api_name
        if not title and not content:
            raise InvalidInputError(
                "A note needs a title or a content.", field="content", code="EXPECTED_FIELD_MISSING"
            )
        for field, text in (("Note_Title", title), ("Note_Content", content)):
            if text and self._schema.catalogue.is_denied("Notes", field):
                raise NotAllowedError(f"The field {field} of notes is denied by the settings.", field=field)
        parent: Record = {"module": {"api_name": name}, "id": record_id}
        note: Record = {"Note_Title": title, "Note_Content": content, "Parent_Id": parent}
        (outcome,) = outcomes(await self._api.create("Notes", [note]), [note])
        if not outcome.ok and outcome.field == "Parent_Id":
            raise NotFoundError(f"There is no record {record_id} in {name}.", code=outcome.code)
        if not outcome.ok:
            raise outcome.error()
        kept: Record = {"id": outcome.record_id, "Note_Title": title, "Note_Content": content}
        return Created(record_id=outcome.record_id, record=kept)

    async def _list(self, module: str, given: str) -> RelatedList:
        known = await self._lists.get(module)
        try:
            name = resolve(given, known)
        except InvalidInputError:
            raise InvalidInputError(
                f"{module} has no related list {quoted(given)}.",
                hint=f"There are {', '.join(shown(one) for one in known)}.",
                field="related_list",
            ) from None
        return next(one for one in known if one.api_name == name)

    async def _load(self, module: str) -> list[RelatedList]:
        rows = rows_of(await self._api.related_lists(module), "related_lists")
        return [
            RelatedList(str(row["api_name"]), str(row.get("display_label") or row["api_name"]), str(target["api_name"]))
            for row in rows
            if isinstance(target := row.get("module"), dict) and target.get("api_name")
        ]
