"""Records of any module, one at a time and page by page. Off unless asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zohocrm_mcp.models import Created, Deleted, Page, RecordResult, SearchPage, Updated
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.confirmations import Preview
from zohocrm_mcp.toolkit import (
    DESTROY,
    READ,
    UPDATE,
    WRITE,
    Criteria,
    Crm,
    Cursor,
    Email,
    FieldNames,
    Filters,
    Limit,
    Match,
    ModuleName,
    NoteContent,
    NoteTitle,
    Phone,
    RecordId,
    RelatedList,
    SortBy,
    SortOrder,
    Values,
    Word,
    tool,
)

DEFAULT = False


@tool("Get a record", READ)
async def get_record(crm: Crm, module: ModuleName, record_id: RecordId, fields: FieldNames = ()) -> RecordResult:
    """Read one record of any module by its id. search_records finds the id when only a name is known."""
    return await crm.records.get(module, record_id, fields)


@tool("Search records", READ)
async def search_records(  # noqa: PLR0913
    crm: Crm,
    *,
    module: ModuleName,
    filters: Filters = (),
    match: Match = "all",
    criteria: Criteria = "",
    word: Word = "",
    email: Email = "",
    phone: Phone = "",
    limit: Limit = 50,
    cursor: Cursor = "",
    fields: FieldNames = (),
    sort_by: SortBy = "",
    sort_order: SortOrder = "asc",
) -> SearchPage:
    """Find records of any module by exactly one of filters, criteria, word, email or phone. Prefer filters.

    describe_module shows the module's fields and pick list values.
    """
    return await crm.search.search(
        module,
        filters=filters,
        match=match,
        criteria=criteria,
        word=word,
        email=email,
        phone=phone,
        limit=limit,
        cursor=cursor,
        fields=fields,
        sort_by=sort_by,
        sort_order=sort_order,
    )


@tool("Get related records", READ)
async def get_related_records(
    crm: Crm,
    *,
    module: ModuleName,
    record_id: RecordId,
    related_list: RelatedList,
    fields: FieldNames = (),
    cursor: Cursor = "",
) -> Page:
    """Read a page of a record's related list: Contacts, Deals, Notes … A wrong name is answered with the right ones."""
    return await crm.related.page(module, record_id, related_list, fields=fields, cursor=cursor)


@tool("Add a note", WRITE)
async def add_note(
    crm: Crm, module: ModuleName, record_id: RecordId, title: NoteTitle, content: NoteContent
) -> Created:
    """Add a note to a record of any module."""
    return await crm.related.add_note(module, record_id, title, content)


@tool("Create a record", WRITE)
async def create_record(crm: Crm, module: ModuleName, values: Values) -> Created:
    """Create one record in any module and return it as it is now. describe_module tells what is required."""
    return await crm.records.create(module, values)


async def _deletion(crm: Services, given: Mapping[str, Any]) -> Preview:
    return await crm.previews.deletion(given["module"], given["record_id"])


@tool("Delete a record", DESTROY, confirm=_deletion)
async def delete_record(crm: Crm, module: ModuleName, record_id: RecordId) -> Deleted:
    """Move one record of any module to the recycle bin, where it stays for 60 days. A person is asked first."""
    return await crm.records.delete(module, record_id)


@tool("Update a record", UPDATE)
async def update_record(crm: Crm, module: ModuleName, record_id: RecordId, values: Values) -> Updated:
    """Change fields of one record of any module and return what each was before and is now."""
    return await crm.records.update(module, record_id, values)
