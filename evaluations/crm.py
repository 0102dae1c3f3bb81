"""The simulated organisation as a judge sees it: its records, and what has become of them since the start."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from zohocrm_mcp.simulator.state import State
from zohocrm_mcp.simulator.store.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = dict[str, Any]
"""Values by API name: ids and lookups as strings of digits, times in seconds since 1970, what is empty left out."""

_AUDIT = frozenset({"Modified_Time", "Modified_By", "Last_Activity_Time"})
_LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup"})


class Crm:
    """Reads the simulator's state directly: what is judged is not asked about."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def modules(self) -> list[str]:
        return list(self._state.tables)

    def rows(self, module: str) -> list[Row]:
        """Return every record of a module, in the order of ids."""
        return [self.row(module, str(record_id)) for record_id in self._state.tables[module].ids()]

    def row(self, module: str, record_id: str) -> Row:
        table, number, references = self._state.tables[module], int(record_id), self._references(module)
        values = {field: table.value(number, field) for field in ("id", *self._fields(module))}
        return {name: _plain(value, name in references) for name, value in values.items() if _told(value)}

    def accounts(self, fits: Callable[[Row], object]) -> list[Row]:
        return [row for row in self.rows("Accounts") if fits(row)]

    def account(self, name: str) -> Row:
        """Return the first account with that name."""
        return next(row for row in self.rows("Accounts") if row["Account_Name"] == name)

    def user(self, name: str) -> str:
        """Return the id of a user."""
        return next(str(user.id) for user in self._state.users.by_id.values() if user.name == name)

    @property
    def credits_a_day(self) -> int:
        return self._state.limits.total

    @property
    def signed_in(self) -> str:
        """The e-mail address of the user whom the server works as."""
        return self._state.users.current.email

    def ever_written(self, module: str) -> bool:
        """Whether any record was written, even if it is as before by now."""
        return bool(self._state.tables[module].written)

    def made(self, module: str) -> set[str]:
        return self.ids(module) - self.start.ids(module)

    def gone(self, module: str) -> set[str]:
        return self.start.ids(module) - self.ids(module)

    def changed(self, module: str) -> dict[str, dict[str, Any]]:
        """Return the new values, None for an emptied one, of every record that has other values than at the start."""
        written = {str(record_id) for record_id in self._state.tables[module].written}
        found = {record_id: self._difference(module, record_id) for record_id in written & self.start.ids(module)}
        return {record_id: values for record_id, values in found.items() if values and record_id in self.ids(module)}

    @cached_property
    def start(self) -> Crm:
        """The organisation as it was at the start."""
        return Crm(State(self._state.initial))

    def _difference(self, module: str, record_id: str) -> dict[str, Any]:
        if record_id not in self.ids(module):
            return {}
        before, after = self.start.row(module, record_id), self.row(module, record_id)
        names = [name for name in before | after if name not in _AUDIT and before.get(name) != after.get(name)]
        return {name: after.get(name) for name in names}

    def ids(self, module: str) -> set[str]:
        return {str(record_id) for record_id in self._state.tables[module].ids()}

    def _fields(self, module: str) -> list[str]:
        return [field.api_name for field in self._state.schema.module(module).fields if field.api_name != "id"]

    def _references(self, module: str) -> set[str]:
        fields = self._state.schema.module(module).fields
        return {"id"} | {field.api_name for field in fields if field.data_type in _LOOKUPS}


def _told(value: object) -> bool:
    return value is not None and value not in ("", [])


def _plain(value: object, is_id: bool) -> Any:
    if isinstance(value, Reference):
        return str(value.id)
    return str(value) if is_id else value
