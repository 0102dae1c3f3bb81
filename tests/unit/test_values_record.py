"""A whole record before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

import pytest
from pydantic import JsonValue

from support.services import field, metadata
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.schema.checks import Wanted
from zohocrm_mcp.services.schema.metadata import Layout
from zohocrm_mcp.services.schema.validation import Draft, Rules, draft

ID = field("id", "bigint", read_only=True, creatable=False, updatable=False)
NAME = field("Account_Name", required=True)
FORMULA = field("Revenue_per_Employee", "formula", read_only=True, creatable=False, updatable=False)
ONCE = field("Source", updatable=False)
PARENT = field("Parent_Account", "lookup", lookup_module="Accounts")
SCORE = field("Health_Score", "integer")
STANDARD = Layout("123", "Standard", frozenset(), frozenset(), frozenset())
META = metadata(ID, NAME, FORMULA, ONCE, PARENT, SCORE, field("Layout", "layout"))


def drafted(values: Mapping[str, JsonValue], *, creating: bool = False) -> Draft:
    return draft(values, Rules(META, (STANDARD,), frozenset({"Account_Name"}), UTC, creating))


def test_labels_become_api_names_and_lookups_wait() -> None:
    made = drafted({"health score": "85", "Parent Account": "Acme"})
    assert made.record == {"Health_Score": 85}
    assert made.wanted == {"Parent_Account": Wanted("Accounts", "Acme")}


def test_the_id_of_a_record_to_update_is_kept_as_text() -> None:
    assert drafted({"id": 5437896100000000002}).record == {"id": "5437896100000000002"}


@pytest.mark.parametrize(
    ("values", "creating", "code", "message"),
    [
        ({}, True, "MANDATORY_NOT_FOUND", "Account_Name (Account Name) is mandatory and is missing."),
        ({"Account_Name": " "}, True, "MANDATORY_NOT_FOUND", "is mandatory and is missing."),
        ({"Account_Name": None}, False, "MANDATORY_NOT_FOUND", "is mandatory and cannot be cleared."),
        ({"Account_Name": ""}, False, "MANDATORY_NOT_FOUND", "is mandatory and cannot be cleared."),
        ({"Revenue_per_Employee": 1}, False, "NOT_ALLOWED", "is calculated by a formula."),
        ({"Source": "Web"}, False, "NOT_ALLOWED", "can be set only when a record is created."),
        ({"id": "5437896100000000002"}, True, "INVALID_DATA", "A new record has no id yet."),
        ({"id": "12 or 1=1"}, False, "INVALID_DATA", "is no record id."),
        ({"id": True}, False, "INVALID_DATA", "is no record id."),
        ({"Health_Score": 1, "health score": 2}, False, "INVALID_DATA", "Health_Score (Health Score) is given twice."),
        ({"Helth_Score": 1}, False, "INVALID_DATA", "Did you mean Health_Score (Health Score)?"),
        ({"$approved": True}, False, "INVALID_DATA", "Unknown field '$approved' on Accounts."),
    ],
)
def test_a_record_that_cannot_be_written_is_refused(
    values: dict[str, JsonValue], creating: bool, code: str, message: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        drafted(values, creating=creating)
    assert message in str(refused.value)
    assert refused.value.details["code"] == code


def test_a_mandatory_field_may_be_absent_from_an_update() -> None:
    assert drafted({"Health_Score": 5}).record == {"Health_Score": 5}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as refused:
        drafted({"Health_Score": "high", "Nonsense": 1, "Account_Name": 5})
    assert str(refused.value).startswith("3 problems with Accounts: Health_Score")
    assert refused.value.details["field"] == "Health_Score"


def test_a_layout_is_found_by_name_or_id() -> None:
    assert drafted({"Layout": "standard"}).record == {"Layout": {"id": "123"}}
    assert drafted({"Layout": {"id": "123"}}).record == {"Layout": {"id": "123"}}
    with pytest.raises(InvalidInputError, match="'Other' is no layout of Accounts"):
        drafted({"Layout": "Other"})
