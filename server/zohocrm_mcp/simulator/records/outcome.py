"""What became of each record of a write, and the status of the whole."""

from __future__ import annotations

from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Answer, Call, Json, failure

MOST_RECORDS = 100


class RecordRefusal(Exception):  # noqa: N818
    """One record of a write that is refused, as it stands in ``data``."""

    def __init__(self, code: str, message: str, details: Json | None = None) -> None:
        super().__init__(code)
        self.item = failure(code, message, details)


@known("Zoho CRM v8 docs and published examples: MULTIPLE_OR_MULTI_ERRORS")
@guessed("several faults in one record come together as MULTIPLE_OR_MULTI_ERRORS, a single one by itself")
def refuse(faults: list[Json]) -> None:
    """Raise what a record's faults add up to; nothing when there are none."""
    if len(faults) == 1:
        refusal = RecordRefusal("", "")
        refusal.item = faults[0]
        raise refusal
    if faults:
        raise RecordRefusal("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request", {"errors": faults})


@known("Zoho CRM v8 docs, status codes: all good 200 or 201, mixed 207, all refused 400")
def answer_for(call: Call, items: list[Json], good: int) -> Answer:
    """The answer for a list of outcomes; ``good`` is the status when all went well."""
    failed = sum(item["status"] == "error" for item in items)
    if failed == len(items):
        return Answer({"data": items}, 400)
    return Answer({"data": items}, call.state.settings.partial_failure_status if failed else good)
