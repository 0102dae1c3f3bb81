"""Which field each column of a file fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.names import fold, listed
from zohocrm_mcp.services.schema.service import SchemaService

MOST_COLUMNS = 200
"""Columns of a Bulk Write file (Zoho CRM v8 docs, Bulk Write)."""

_IDS = frozenset({"id", "recordid"})


async def fields_of(
    schema: SchemaService, module: str, header: Sequence[str], given: Mapping[str, str]
) -> list[str | None]:
    """Return the API name for each column: of ``given`` (column to field), or else of the column's own name.

    A column that ``given`` maps to nothing is None: it is not read.

    Raises:
        InvalidInputError: a column means no field (the nearest are told) or the same as another, or ``given`` names a
            column that there is not.
    """
    wanted = {_column(name, header): field for name, field in given.items()}
    if "" in header:
        raise InvalidInputError(
            f"Column {header.index('') + 1} of the file has no name.", hint="Give it the name of a field.", field="file"
        )
    names = [await _field(schema, module, wanted.get(name, name)) for name in header]
    for name in names:
        if name and names.count(name) > 1:
            twice = listed([repr(column) for column, one in zip(header, names, strict=True) if one == name], "and")
            raise InvalidInputError(
                f"The columns {twice} both mean {name}.",
                hint="Map one of them to nothing: --map 'Column='.",
                field=name,
            )
    used = [name for name in names if name]
    if not used or len(used) > MOST_COLUMNS:
        raise InvalidInputError(f"{len(used)} columns are to be read.", hint=f"Use 1 to {MOST_COLUMNS}.", field="file")
    return names


def _column(name: str, header: Sequence[str]) -> str:
    if name in header:
        return name
    near = get_close_matches(name, header, n=1)
    raise InvalidInputError(
        f"The file has no column {name!r}.{f' Did you mean {near[0]!r}?' if near else ''}",
        hint=f"Its columns: {listed([repr(column) for column in header], 'and')}.",
        field="map",
    )


async def _field(schema: SchemaService, module: str, name: str) -> str | None:
    if not name:
        return None
    return "id" if fold(name) in _IDS else (await schema.names(module, [name]))[0]
