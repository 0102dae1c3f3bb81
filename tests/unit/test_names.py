"""What a caller may write for a field, and what it is told when nothing has that name."""

from __future__ import annotations

import pytest

from support.services import field
from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.names import listed, resolve

FIELDS = [
    field("Account_Name"),
    field("Annual_Revenue", "currency"),
    field("Account_Status", "picklist"),
    field("Owner", label="Account Owner"),
    field("Stage1", label="Phase"),
    field("Stage2", label="Phase"),
]


@pytest.mark.parametrize(
    "given",
    ["Annual_Revenue", "annual_revenue", "Annual Revenue", "ANNUAL REVENUE", "annual-revenue", " annualrevenue "],
)
def test_api_names_and_labels_are_understood_in_any_case(given: str) -> None:
    assert resolve(given, FIELDS, module="Accounts") == "Annual_Revenue"


def test_a_label_that_differs_from_the_api_name_is_understood() -> None:
    assert resolve("account owner", FIELDS, module="Accounts") == "Owner"


def test_an_exact_api_name_wins_over_a_label() -> None:
    fields = [field("Status", label="State"), field("Status1", label="Status")]
    assert resolve("Status", fields, module="Accounts") == "Status"


def test_an_unknown_field_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InvalidInputError) as refused:
        resolve("Anual Revenue", FIELDS, module="Accounts")
    assert str(refused.value) == (
        "Unknown field 'Anual Revenue' on Accounts. Did you mean Annual_Revenue (Annual Revenue)?"
    )
    assert refused.value.details["field"] == "Anual Revenue"


def test_a_name_like_no_other_is_refused_without_a_guess() -> None:
    with pytest.raises(InvalidInputError) as refused:
        resolve("zzz", FIELDS, module="Accounts")
    assert str(refused.value) == "Unknown field 'zzz' on Accounts."
    assert refused.value.hint == "describe_module lists the fields of Accounts."


def test_a_label_of_two_fields_is_refused_with_both() -> None:
    with pytest.raises(InvalidInputError, match=r"'phase' stands for 2 fields on Accounts: Stage1 \(Phase\) or Stage2"):
        resolve("phase", FIELDS, module="Accounts")


def test_two_names_that_differ_only_in_separators_need_the_exact_one() -> None:
    fields = [field("Foo_Bar"), field("FooBar")]
    assert resolve("FooBar", fields, module="Accounts") == "FooBar"
    with pytest.raises(InvalidInputError, match="stands for 2 fields"):
        resolve("foo bar", fields, module="Accounts")


def test_an_unknown_module_is_refused_with_the_nearest() -> None:
    modules = [field("Accounts", label="Accounts"), field("Deals", label="Deals")]
    with pytest.raises(InvalidInputError, match=r"^Unknown module 'Acounts'. Did you mean Accounts\?$"):
        resolve("Acounts", modules)


@pytest.mark.parametrize(("words", "text"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")])
def test_lists_read_as_sentences(words: list[str], text: str) -> None:
    assert listed(words) == text
