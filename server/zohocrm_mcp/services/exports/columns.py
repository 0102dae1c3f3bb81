"""A Bulk Read's CSV as records: text becomes what the list interface would have answered. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from zohocrm_mcp.errors import UnavailableError
from zohocrm_mcp.models import FieldInfo, Record

Convert = Callable[[str], JsonValue]
JOIN = ";"
"""Between the values of a multi-select (Zoho CRM v8 docs, Bulk Write, file rules)."""


def _whole(text: str) -> JsonValue:
    return int(text) if text.lstrip("-").isdecimal() else text


def _number(text: str) -> JsonValue:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text


def _lookup(text: str) -> JsonValue:
    return {"id": text}


def _list(text: str) -> JsonValue:
    return [value.strip() for value in text.split(JOIN)]


def _boolean(text: str) -> JsonValue:
    return text.lower() in {"true", "1"}


CONVERT: dict[str, Convert] = {
    "integer": _whole,
    **dict.fromkeys(("double", "currency", "percent"), _number),
    "boolean": _boolean,
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup"), _lookup),
    "multiselectpicklist": _list,
}
"""By data type; every other one stays the text it is."""

USERS = frozenset({"ownerlookup", "userlookup"})


@dataclass(frozen=True)
class Table:
    """The fields that a file is to hold.

    ``known`` are those fields; ``users`` are names by id; ``joined`` gives for a lookup the column with the name of the
    record that it points at (``Account_Name``: ``Account_Name.Account_Name``), for the file itself holds bare ids.
    """

    fields: tuple[str, ...]
    known: Mapping[str, FieldInfo]
    users: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> list[JsonValue]:
        """What to ask for; the id comes with every file."""
        return list(dict.fromkeys(name for name in (*self.fields, *self.joined.values()) if name != "id"))

    def converter(self, name: str) -> Convert | None:
        kind = self.known[name].value_type if name in self.known else ""
        if kind in USERS and self.users:
            return self._user
        return CONVERT.get(kind)

    def _user(self, text: str) -> JsonValue:
        name = self.users.get(text)
        return {"id": text, "name": name} if name else {"id": text}


class Columns:
    """What the columns of a file are; ``record`` turns a row into a record without its empty fields.

    Raises:
        UnavailableError: a column is missing that was asked for.
    """

    def __init__(self, header: Sequence[str], table: Table) -> None:
        places = {name.casefold(): place for place, name in enumerate(header)}
        missing = [name for name in (*table.fields, *table.joined.values()) if name.casefold() not in places]
        if missing:
            raise UnavailableError(
                f"The file that Zoho made has no column {missing[0]}.", hint="Read again without this field."
            )
        self._width = len(header)
        self._plain = [
            (name, places[name.casefold()], table.converter(name)) for name in table.fields if name not in table.joined
        ]
        self._named = [(name, places[name.casefold()], places[of.casefold()]) for name, of in table.joined.items()]

    def record(self, row: Sequence[str]) -> Record:
        """Return the record of a row.

        Raises:
            UnavailableError: the row has another number of cells than the header.
        """
        if len(row) != self._width:
            raise UnavailableError(f"The file that Zoho made has a row of {len(row)} cells.", hint="Read again.")
        record: Record = {
            name: convert(text) if convert else text for name, place, convert in self._plain if (text := row[place])
        }
        for name, place, of in self._named:
            if text := row[place]:
                record[name] = {"id": text, "name": row[of]} if row[of] else {"id": text}
        return record
