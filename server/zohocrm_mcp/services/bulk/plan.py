"""From what was asked to entries of a journal: a malformed call is refused whole, a bad record fails alone."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.errors import InvalidInputError, ZohoError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.schema.service import ALONE, SchemaService

CHUNK = 100
"""Records a write call takes (Zoho CRM v8 docs, update records)."""

MAX_RECORDS = 10_000
"""Records a tool call takes; files of more go through import."""

COMPARED = frozenset({"text", "email", "phone", "website", "integer", "bigint", "double", "currency"})
"""Types of fields that records may be found by."""


def in_chunks(entries: Sequence[Entry]) -> list[list[Entry]]:
    return [list(entries[start : start + CHUNK]) for start in range(0, len(entries), CHUNK)]


def well_formed(records: Sequence[Record], *, with_ids: bool) -> None:
    """Look at a call as a whole.

    Raises:
        InvalidInputError: empty, too long, or (``with_ids``) a record without an id or with another one's.
    """
    if not 0 < len(records) <= MAX_RECORDS:
        raise InvalidInputError(
            f"records holds {len(records)} records; 1 to {MAX_RECORDS:,} can be changed in one call.",
            hint="Split the list, or use update_accounts_where.",
            field="records",
        )
    seen: set[str] = set()
    for row, record in enumerate(records, 1):
        if not with_ids:
            continue
        found = str(record.get("id") or "")
        if not (found.isascii() and found.isdigit()):
            raise InvalidInputError(f"Record {row} has no id of digits.", hint="Give each record its id.", field="id")
        if found in seen:
            raise InvalidInputError(f"Record {found} stands twice in records.", hint="Merge the two.", field="id")
        seen.add(found)


async def entries_for_update(schema: SchemaService, module: str, records: Sequence[Record]) -> list[Entry]:
    """Check the values of each record; a record with a bad one is failed, with field and reason."""
    entries = [Entry(row, str(record["id"])) for row, record in enumerate(records, 1)]
    return await _checked(schema, module, entries, records, creating=False)


async def entries_for_upsert(schema: SchemaService, module: str, records: Sequence[Record]) -> list[Entry]:
    """The same for records that may be new: they have no id, and mandatory fields must be there."""
    entries = [Entry(row, action="upsert") for row, _ in enumerate(records, 1)]
    return await _checked(schema, module, entries, records, creating=True)


async def _checked(
    schema: SchemaService, module: str, entries: list[Entry], records: Sequence[Record], *, creating: bool
) -> list[Entry]:
    values = [{key: value for key, value in record.items() if creating or key != "id"} for record in records]
    checked = await schema.check_many(module, values, creating=creating)
    for entry, outcome in zip(entries, await _seen(schema, module, checked), strict=True):
        if isinstance(outcome, InvalidInputError):
            fail(entry, outcome)
        elif not outcome:
            entry.fail("MANDATORY_NOT_FOUND", "The record holds no field to change.")
        else:
            entry.sent = outcome
    return entries


def refuse_nothing(values: Record) -> None:
    """Look whether a change by condition changes anything.

    Raises:
        InvalidInputError: ``values`` are empty.
    """
    if not values:
        raise InvalidInputError("values is empty: there is nothing to change.", field="values")


async def refuse_unseen(schema: SchemaService, module: str, values: Record) -> None:
    """Refuse fields that are not in Zoho's lists: there is no before-image of them, and no reading back.

    Raises:
        InvalidInputError: ``values`` hold one.
    """
    for outcome in await _seen(schema, module, [values]):
        if isinstance(outcome, InvalidInputError):
            raise outcome


async def _seen(
    schema: SchemaService, module: str, checked: Sequence[Record | InvalidInputError]
) -> list[Record | InvalidInputError]:
    unseen = {name: info.type for name, info in (await schema.fields(module)).items() if info.type in ALONE}
    return [one if isinstance(one, InvalidInputError) else _refused(one, unseen) for one in checked]


def _refused(values: Record, unseen: dict[str, str]) -> Record | InvalidInputError:
    name = next((name for name in values if name in unseen), None)
    if name is None:
        return values
    return InvalidInputError(
        f"{name} is of type {unseen[name]}: a job could neither preview nor undo it, as Zoho shows it only when a "
        "record is read alone. Change it record by record.",
        hint="Leave it out here, and use update_account or update_record.",
        field=name,
        code="NOT_ALLOWED",
    )


async def check_fields(schema: SchemaService, module: str, given: Sequence[str]) -> list[str]:
    """Return the API names of fields that are to tell whether a record exists.

    Raises:
        InvalidInputError: a name is wrong, or its values are no texts or numbers.
    """
    names, fields = await schema.names(module, given), await schema.fields(module)
    for name in names:
        if fields[name].type not in COMPARED or fields[name].json_type == "jsonarray":
            raise InvalidInputError(
                f"{name} is of type {fields[name].type}: no record can be found by it.",
                hint=f"Name a text or number that tells records apart; describe_module marks those of {module}.",
                field=name,
            )
    return names


def fail(entry: Entry, error: ZohoError) -> None:
    """Give an entry the error that it failed with."""
    name = error.details.get("field")
    entry.fail(str(error.details.get("code") or error.kind), error.message, str(name) if name else None)
