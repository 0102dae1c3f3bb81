"""A record of a bulk change as the journal keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

from pydantic import JsonValue
from pydantic_core import from_json, to_json

from zohocrm_mcp.models import Failure, Record

EntryState = Literal["pending", "succeeded", "failed", "skipped"]


@dataclass
class Entry:
    """One record: ``sent`` is what Zoho is to hold, ``before`` what it held there, ``after`` what it holds since.

    ``ours`` is set in an undo: what the job that is undone had written.
    ``state`` is final unless ``pending``. ``code``, ``message`` and ``field`` say why a record failed or was skipped.
    ``in_doubt``: it is on its way, or was sent without an answer and is not read back yet: ``before`` must stand.
    """

    row: int
    id: str = ""
    sent: Record = field(default_factory=dict)
    before: Record | None = None
    after: Record | None = None
    ours: Record | None = None
    state: EntryState = "pending"
    action: str = "update"
    code: str = ""
    message: str = ""
    field: str | None = None
    in_doubt: bool = False

    def succeed(self, after: Record) -> None:
        self.state, self.after, self.code, self.message = "succeeded", after, "", ""

    def fail(self, code: str, message: str, field: str | None = None) -> None:
        self.state, self.code, self.message, self.field = "failed", code, message, field

    def skip(self, code: str, message: str, field: str | None = None) -> None:
        self.state, self.code, self.message, self.field = "skipped", code, message, field

    def failure(self) -> Failure:
        return Failure(
            record_id=self.id or None,
            row=None if self.id else self.row,
            code=self.code,
            message=self.message,
            field=self.field,
        )


_DEFAULTS = {each.name: each.default for each in fields(Entry)}


def dumps(entries: Sequence[Entry]) -> str:
    """Return the entries as JSON, without what stands at its default."""
    return to_json([_short(entry) for entry in entries]).decode()


def loads(text: str) -> list[Entry]:
    return [Entry(**each) for each in from_json(text)]


def states(text: str) -> list[EntryState]:
    """Return the states of the entries that ``dumps`` has written."""
    return [each.get("state", "pending") for each in from_json(text)]


def _short(entry: Entry) -> dict[str, JsonValue]:
    return {name: value for name, value in vars(entry).items() if value != _DEFAULTS[name] and value != {}}
