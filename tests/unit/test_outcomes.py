"""What became of each record: items in the order sent, whatever the HTTP status was."""

from __future__ import annotations

import pytest

from zohocrm_mcp.errors import ConflictError, InvalidInputError, NotFoundError, ZohoAPIError
from zohocrm_mcp.models import Answer, Record
from zohocrm_mcp.services.records.outcomes import only, outcomes

GOOD: Record = {"code": "SUCCESS", "details": {"id": "1"}, "message": "record updated", "status": "success"}
DUPLICATE: Record = {
    "code": "DUPLICATE_DATA",
    "details": {"api_name": "External_Id", "json_path": "$.data[1].External_Id", "duplicate_record": {"id": "9"}},
    "message": "duplicate data",
    "status": "error",
}


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
def test_items_count_and_the_status_does_not(status: int) -> None:
    good, bad = outcomes(Answer(status, {"data": [GOOD, DUPLICATE]}), [{}, {}])
    assert (good.ok, good.record_id) == (True, "1")
    assert (bad.ok, bad.code, bad.field) == (False, "DUPLICATE_DATA", "External_Id")
    assert bad.message == "duplicate data in External_Id: record 9 has it."


def test_another_number_of_items_says_nothing_of_any_record() -> None:
    with pytest.raises(ZohoAPIError, match="1 outcomes for 2 records"):
        outcomes(Answer(200, {"data": [GOOD]}), [{}, {}])


def test_several_errors_of_one_record_are_all_told() -> None:
    length: Record = {
        "code": "INVALID_DATA",
        "details": {"api_name": "Phone", "maximum_length": 30},
        "message": "invalid data",
    }
    item: Record = {
        "code": "MULTIPLE_OR_MULTI_ERRORS",
        "details": {"errors": [DUPLICATE, length]},
        "message": "Multiple errors in the request",
        "status": "error",
    }
    (outcome,) = outcomes(Answer(400, {"data": [item]}), [{}])
    assert outcome.message == (
        "Multiple errors in the request: duplicate data in External_Id: record 9 has it; "
        "invalid data in Phone: at most 30 characters."
    )


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (DUPLICATE, ConflictError),
        ({"code": "INVALID_DATA", "details": {"api_name": "Phone"}, "message": "invalid data"}, InvalidInputError),
        (
            {"code": "INVALID_DATA", "details": {"id": "5"}, "message": "the id given seems to be invalid"},
            NotFoundError,
        ),
    ],
)
def test_a_single_write_raises_its_failure(item: Record, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        only(Answer(400, {"data": [item]}))
