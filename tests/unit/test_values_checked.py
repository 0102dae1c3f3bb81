"""Values on their way to Zoho, field by field."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from pydantic import JsonValue

from support.services import field
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import FieldInfo
from zohocrm_mcp.services.schema.checks import Wanted, check_value

BERLIN = ZoneInfo("Europe/Berlin")
STATUS = field("Account_Status", "picklist", picklist=["Active", "On Hold", "active"])
REGION = field(
    "Sales_Region", "picklist", picklist=["amer", "emea"], display_values={"amer": "Americas", "emea": "Europe"}
)
INTERESTS = field("Interests", "multiselectpicklist", picklist=["CRM", "Support"])
OWNER = field("Owner", "ownerlookup", lookup_module="users")
PARENT = field("Parent_Account", "lookup", lookup_module="Accounts")
ANY_RECORD = field("What_Id", "lookup")
NAME = field("Account_Name", max_length=20)
SCORE = field("Health_Score", "integer", max_length=9)


def checked(info: FieldInfo, given: JsonValue) -> object:
    return check_value(info, given, BERLIN)


@pytest.mark.parametrize(
    ("info", "given", "sent"),
    [
        (NAME, "O'Neil (Söhne) 株式会社", "O'Neil (Söhne) 株式会社"),
        (NAME, "", None),
        (SCORE, 85, 85),
        (SCORE, "85", 85),
        (SCORE, 85.0, 85),
        (SCORE, None, None),
        (field("Revenue", "currency"), 12.5, 12.5),
        (field("Revenue", "currency"), "-1234.5", -1234.5),
        (field("Discount", "percent"), 10, 10),
        (field("Number", "bigint"), 123456789012345678, "123456789012345678"),
        (field("Newsletter", "boolean"), True, True),
        (field("Newsletter", "boolean"), "False", False),
        (field("Day", "date"), "2025-10-18", "2025-10-18"),
        (field("Time", "datetime"), "2025-10-18T09:30:00Z", "2025-10-18T09:30:00+00:00"),
        (field("Time", "datetime"), "2025-10-18T09:30:00.5+05:30", "2025-10-18T09:30:00+05:30"),
        (field("Time", "datetime"), "2025-07-01 09:30", "2025-07-01T09:30:00+02:00"),
        (field("Mail", "email"), "Ümit.o'neil+crm@sub.example.co", "Ümit.o'neil+crm@sub.example.co"),
        (field("Phone", "phone", max_length=30), "+49 (0)30 123-456 ext. 7", "+49 (0)30 123-456 ext. 7"),
        (field("Site", "website"), "www.example.com/a?b=1", "www.example.com/a?b=1"),
        (field("Site", "website"), "https://example.com:8443", "https://example.com:8443"),
        (STATUS, "Active", "Active"),
        (STATUS, "active", "active"),
        (STATUS, "on hold", "On Hold"),
        (STATUS, "-None-", None),
        (REGION, "Americas", "amer"),
        (REGION, "europe", "emea"),
        (field("Free", "picklist"), "anything", "anything"),
        (INTERESTS, ["crm", "Support", "CRM"], ["CRM", "Support"]),
        (INTERESTS, "CRM", ["CRM"]),
        (INTERESTS, [], None),
        (OWNER, "5437896000000480600", {"id": "5437896000000480600"}),
        (OWNER, {"id": 5437896000000480600, "name": "Meera"}, {"id": "5437896000000480600"}),
        (OWNER, "meera@example.com", Wanted("users", "meera@example.com")),
        (PARENT, {"name": "Acme"}, Wanted("Accounts", "Acme")),
        (PARENT, "360", Wanted("Accounts", "360")),
        (field("Tag", json_type="jsonarray"), ["vip"], [{"name": "vip"}]),
    ],
)
def test_right_values_take_the_form_that_zoho_wants(info: FieldInfo, given: JsonValue, sent: object) -> None:
    result = checked(info, given)
    assert result == sent
    assert type(result) is type(sent)


@pytest.mark.parametrize(
    ("info", "given"),
    [
        (NAME, 12345),
        (NAME, True),
        (NAME, ["a"]),
        (NAME, "x" * 21),
        (SCORE, True),
        (SCORE, "85 points"),
        (SCORE, 85.5),
        (SCORE, 10**9),
        (SCORE, "9" * 5000),
        (SCORE, ""),
        (field("Revenue", "currency"), float("nan")),
        (field("Revenue", "currency"), float("inf")),
        (field("Revenue", "currency"), "1e999"),
        (field("Revenue", "currency"), 10**400),
        (SCORE, 10**400),
        (field("Revenue", "currency"), "1,000"),
        (field("Revenue", "currency"), "€5"),
        (field("Revenue", "currency"), 1e17),
        (field("Revenue", "currency"), False),
        (field("Newsletter", "boolean"), 1),
        (field("Newsletter", "boolean"), "yes"),
        (field("Day", "date"), "18.10.2025"),
        (field("Day", "date"), "2025-02-30"),
        (field("Day", "date"), "today"),
        (field("Day", "date"), 20251018),
        (field("Time", "datetime"), "2025-10-18"),
        (field("Time", "datetime"), "2025-10-18T25:00:00"),
        (field("Mail", "email"), "nobody"),
        (field("Mail", "email"), "a b@example.com"),
        (field("Phone", "phone"), "call me!"),
        (field("Site", "website"), "example"),
        (STATUS, "Actve"),
        (STATUS, ["Active"]),
        (REGION, "Asia"),
        (INTERESTS, ["CRM", "Other"]),
        (INTERESTS, ["CRM", 5]),
        (OWNER, 5.5),
        (OWNER, {"id": "abc"}),
        (OWNER, {}),
        (ANY_RECORD, "Acme"),
        (field("Contracts", "subform"), "x"),
    ],
)
def test_wrong_values_are_refused_and_the_field_is_named(info: FieldInfo, given: JsonValue) -> None:
    with pytest.raises(InvalidInputError, match=info.api_name) as refused:
        checked(info, given)
    assert refused.value.details["field"] == info.api_name
    assert refused.value.details["code"] == "INVALID_DATA"
    assert refused.value.hint


def test_a_value_outside_the_pick_list_is_told_the_valid_ones() -> None:
    with pytest.raises(InvalidInputError, match="Did you mean 'amer'") as refused:
        checked(REGION, "Amerika")
    assert refused.value.hint == "Valid values: amer, emea."


def test_a_long_pick_list_is_told_in_part() -> None:
    with pytest.raises(InvalidInputError) as refused:
        checked(field("Country", "picklist", picklist=[f"Country {n}" for n in range(200)]), "Mars")
    assert refused.value.hint.endswith("Country 29 and 170 more.")


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(InvalidInputError) as refused:
        checked(field("Mail", "email"), "x" * 5000)
    assert len(str(refused.value)) < 200
