"""What is to be read of a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zohocrm_mcp.models import FieldInfo, Record
from zohocrm_mcp.services.search.plan import Plan


@dataclass(frozen=True)
class Wanted:
    """What to read.

    ``known`` holds every field in ``fields`` and in the condition; ``limit`` None: all. ``names``: whether lookups come
    with the name of the record that they point at, or with its id alone.
    """

    module: str
    fields: tuple[str, ...]
    known: dict[str, FieldInfo]
    plan: Plan
    limit: int | None = None
    names: bool = True

    @property
    def columns(self) -> list[str]:
        """The fields to ask for: some conditions are looked at once more in each record."""
        return list(dict.fromkeys(["id", *self.fields, *(test.field.api_name for test in self.plan.rechecks)]))

    def keep(self, records: Sequence[Record]) -> list[Record]:
        """Return those that meet the condition, with the fields that were asked for."""
        if not self.names:
            bare(records, self.known)
        if not self.plan.rechecks and not (self.plan.alternative and self.plan.alternative.rechecks):
            return list(records)
        names = {"id", *self.fields}
        kept = (record for record in records if self.plan.holds(record))
        return [{name: value for name, value in record.items() if name in names} for record in kept]


def bare(records: Sequence[Record], known: Mapping[str, FieldInfo]) -> None:
    """Reduce lookups to the id: a name goes stale when the record that has it is renamed."""
    lookups = [name for name, info in known.items() if info.type == "lookup"]
    for record in records:
        for name in lookups:
            if isinstance(value := record.get(name), dict):
                record[name] = {"id": value["id"]}
