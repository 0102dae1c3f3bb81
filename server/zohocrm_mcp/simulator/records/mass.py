"""Rules and jobs of mass update and mass delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zohocrm_mcp.simulator.metadata.common import Module
from zohocrm_mcp.simulator.records.views import condition_of_view
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Call, Json, Refusal

MOST_IDS = 500
MOST_OF_VIEW = 50_000
REFUSED_KINDS = frozenset({"email", "lookup", "textarea", "subform", "ownerlookup"})
DEAL_FIELDS = 3


@dataclass(slots=True)
class MassJob:
    """A scheduled mass action; it takes ``seconds`` by the clock."""

    id: int
    what: str
    cvid: str
    total: int
    started: float
    seconds: float
    good: int = 0
    bad: int = 0

    def runs(self, now: float) -> bool:
        return now < self.started + self.seconds

    def status(self, now: float) -> tuple[str, bool]:
        """The state, and whether it has ended."""
        if not self.runs(now):
            return "COMPLETED", True
        return ("SCHEDULED" if now < self.started + self.seconds / 3 else "RUNNING"), False


def chosen_ids(body: Json) -> list[Any]:
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids:
        expected = [{"api_name": name, "json_path": f"$.{name}"} for name in ("ids", "cvid")]
        message = "one of the expected fields is missing"
        raise Refusal("EXPECTED_FIELD_MISSING", message, {"expected_fields": expected})
    if len(ids) > MOST_IDS:
        raise Refusal("LIMIT_EXCEEDED", "limit exceeded", {"limit": MOST_IDS, "api_name": "ids"})
    return ids


@known("Zoho CRM docs, Mass Update: one field (Deals three); not e-mail, lookup, multi-line or unique fields")
@guessed("over_write must be true to change records that have a value: otherwise they are changed as well")
def check_update(_: Call, module: Module, body: Json) -> Json:
    """The values of a mass update."""
    data = body.get("data")
    if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], dict) or not data[0]:
        raise Refusal("INVALID_DATA", "invalid data", {"expected_data_type": "jsonarray", "api_name": "data"})
    values: Json = data[0]
    if len(values) > (DEAL_FIELDS if module.api_name == "Deals" else 1):
        raise Refusal("LIMIT_EXCEEDED", "only one field can be updated at a time", {"api_name": "data"})
    for name in values:
        field = module.field_named(name)
        if not field or field.unique or field.read_only or field.data_type in REFUSED_KINDS:
            details = {"api_name": name, "json_path": f"$.data[0].{name}"}
            raise Refusal("INVALID_DATA", "the field is not allowed for mass update", details, wrapped=True)
    return values


def ids_of_view(call: Call, module: Module, cvid: str) -> list[int]:
    condition = condition_of_view(call, module, cvid)
    table = call.state.tables[module.api_name]
    return list(table.matching(condition, call.state.path_reader(module)))[:MOST_OF_VIEW]
