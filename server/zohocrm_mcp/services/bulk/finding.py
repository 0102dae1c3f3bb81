"""The records that a condition finds, for a change of all of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.bulk.plan import MAX_RECORDS


async def ids_of(found: AsyncGenerator[Record, None], module: str) -> list[str]:
    """Return the ids of records, reading no further than to the first that is too many.

    Raises:
        InvalidInputError: there are none, or more than one job may change.
    """
    ids: list[str] = []
    async with aclosing(found):
        async for record in found:
            ids.append(str(record["id"]))
            if len(ids) > MAX_RECORDS:
                raise InvalidInputError(
                    f"More than {MAX_RECORDS:,} records of {module} meet the condition; a job changes so many at most.",
                    hint="Narrow the condition, and change the rest with further jobs.",
                    field="criteria",
                )
    if not ids:
        raise InvalidInputError(
            f"No record of {module} meets the condition; nothing was changed.",
            hint="count_records tells how many do; search_accounts shows what the fields hold.",
            field="criteria",
        )
    return ids
