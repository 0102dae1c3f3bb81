"""Single records: read, create, change, delete. A write whose answer was lost is read back before anything is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from zohocrm_mcp.errors import InvalidInputError, NotFoundError, UnavailableError, UnknownOutcomeError
from zohocrm_mcp.models import Answer, Change, Created, Deleted, Page, Record, RecordResult, Updated
from zohocrm_mcp.services.records.comparing import same
from zohocrm_mcp.services.records.kept import KeptRecords
from zohocrm_mcp.services.records.outcomes import Outcome, only
from zohocrm_mcp.services.records.pages import Pager, limited
from zohocrm_mcp.services.records.sources import ListSource
from zohocrm_mcp.services.records.values import clean
from zohocrm_mcp.services.schema.service import SchemaService
from zohocrm_mcp.zoho.api import CrmApi

SORTABLE = ("id", "Created_Time", "Modified_Time")
"""What lists sort by (Zoho CRM v8 docs, get records)."""


class RecordService:
    """Works on any module; the accounts tools pass ``Accounts``. ``kept``: what ``get`` may answer from memory."""

    def __init__(self, api: CrmApi, schema: SchemaService, pager: Pager, kept: KeptRecords | None = None) -> None:
        self._api, self._schema, self._pager = api, schema, pager
        self._kept = kept or KeptRecords(0)

    async def list(
        self,
        module: str,
        *,
        limit: int = 50,
        cursor: str = "",
        sort_by: str = "",
        sort_order: str = "",
        fields: Sequence[str] = (),
    ) -> Page:
        """Return a page of all records, the newest first unless sorted by id, Created_Time or Modified_Time.

        Raises:
            InvalidInputError: a name, the order, the limit or the cursor is wrong.
        """
        name = (await self._schema.module(module)).api_name
        columns = await self._schema.page_fields(name, fields)
        by = await self._sortable(name, sort_by)

        def shape(row: Record) -> Record:
            return self._schema.visible(name, clean(row))

        source = ListSource(self._api, name, columns, shape, by, sort_order if by else "")
        key = ("list", name, *columns, by, sort_order)
        shown = await self._pager.page(source, key, cursor, limited(limit))
        return Page(
            records=shown.records, count=len(shown.records), more_records=shown.more, next_cursor=shown.next_cursor
        )

    async def get(self, module: str, record_id: str, fields: Sequence[str] = ()) -> RecordResult:
        """Return a record: the fields named, else all that are set.

        Raises:
            NotFoundError: there is none with this id, or the signed-in user may not see it.
        """
        name = (await self._schema.module(module)).api_name
        columns = await self._schema.names(name, fields)
        key = (name, record_id, *columns)
        return RecordResult(record=await self._kept.get(key, lambda: self._read(name, record_id, columns)))

    async def look(self, module: str, record_id: str, fields: Sequence[str]) -> Record:
        """Return fields (API names) of a record as they are now, whatever is kept of it.

        Raises:
            NotFoundError: there is none with this id, or the signed-in user may not see it.
        """
        return await self._read((await self._schema.module(module)).api_name, record_id, fields)

    async def create(self, module: str, values: Mapping[str, JsonValue]) -> Created:
        """Create one record. A create whose answer was lost is not repeated: UnknownOutcomeError says how to look."""
        name = (await self._schema.module(module)).api_name
        checked = await self._schema.check_values(name, values, creating=True)
        outcome = self._accepted(name, await self._api.create(name, [checked]))
        record = await self._read(name, outcome.record_id)
        return Created(record_id=outcome.record_id, record=record)

    async def update(self, module: str, record_id: str, values: Mapping[str, JsonValue]) -> Updated:
        """Change the fields given and return what each was before and is now, as read back."""
        name = (await self._schema.module(module)).api_name
        checked = await self._schema.check_values(name, values, creating=False)
        if str(checked.pop("id", record_id)) != record_id:
            raise InvalidInputError("values holds the id of another record.", hint="Leave id out.", field="id")
        if not checked:
            raise InvalidInputError("values is empty: there is nothing to change.", field="values")
        before = await self._read(name, record_id, list(checked))
        try:
            self._accepted(name, await self._api.update(name, record_id, checked))
        except UnknownOutcomeError as error:
            after = await self._settle(name, record_id, checked, before, error)
        else:
            after = await self._read(name, record_id, list(checked))
        changed = {field: Change(before=before.get(field), after=after.get(field)) for field in checked}
        return Updated(record_id=record_id, changed=changed)

    async def delete(self, module: str, record_id: str) -> Deleted:
        """Move a record to the recycle bin of the organisation, where it stays for 60 days."""
        name = (await self._schema.module(module)).api_name
        try:
            only(await self._api.delete(name, record_id))
        except UnknownOutcomeError:
            if (await self._api.get_record(name, record_id, ["id"])).data:
                raise
        return Deleted(record_id=record_id, deleted=True)

    def _accepted(self, module: str, answer: Answer) -> Outcome:
        """Return the outcome of a write that was checked here; what Zoho refuses all the same makes us look anew."""
        try:
            return only(answer)
        except InvalidInputError:
            self._schema.refresh(module)
            raise

    async def _sortable(self, module: str, sort_by: str) -> str:
        (name,) = await self._schema.names(module, [sort_by]) if sort_by else ("",)
        if name not in {"", *SORTABLE}:
            raise InvalidInputError(
                f"A list cannot be sorted by {name}.",
                hint=f"Use {', '.join(SORTABLE)}, or search_accounts, which sorts by any field.",
                field="sort_by",
            )
        return name

    async def _read(self, module: str, record_id: str, fields: Sequence[str] = ()) -> Record:
        answer = await self._api.get_record(module, record_id, fields)
        if not answer.data:
            raise NotFoundError(f"There is no record {record_id} in {module}.", record_id=record_id)
        return self._schema.visible(module, clean(answer.data[0]))

    async def _settle(
        self, module: str, record_id: str, sent: Record, before: Record, error: UnknownOutcomeError
    ) -> Record:
        """Find out whether a change without an answer was made."""
        after = await self._read(module, record_id, list(sent))
        if all(same(after.get(field), value) for field, value in sent.items()):
            return after
        if all(after.get(field) == before.get(field) for field in sent):
            raise UnavailableError(f"Zoho did not make the change: {error.message}") from error
        raise error
