"""Records as a model reads them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from zohocrm_mcp.errors import ZohoAPIError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.records.values import clean


def test_nulls_system_keys_and_empty_lists_are_left_out() -> None:
    record: Record = {"id": 5437896100000000002, "Website": None, "$approved": True, "Tag": [], "Phone": ""}
    assert clean(record) == {"id": "5437896100000000002", "Phone": ""}


def test_lookups_are_id_and_name() -> None:
    owner: Record = {"name": "Meera Iyer", "id": "1", "email": "meera@example.com"}
    assert clean({"Owner": owner, "Layout": {"id": 7, "name": "Standard", "display_label": "Standard"}}) == {
        "Owner": {"id": "1", "name": "Meera Iyer"},
        "Layout": {"id": "7", "name": "Standard"},
    }


def test_lists_and_rows_of_subforms_are_cleaned_too() -> None:
    rows: list[JsonValue] = [{"id": 3, "Product": {"id": 4, "name": "CRM"}, "Quantity": None, "$line": 1}]
    assert clean({"Product_Interests": ["CRM", "Support"], "Contracts": rows}) == {
        "Product_Interests": ["CRM", "Support"],
        "Contracts": [{"id": "3", "Product": {"id": "4", "name": "CRM"}}],
    }


def test_zero_and_false_are_values() -> None:
    assert clean({"Employees": 0, "Newsletter": False}) == {"Employees": 0, "Newsletter": False}


def test_keys_that_are_hardly_any_are_kept_or_left_out_as_others() -> None:
    assert clean({"": 1, "$": 2, "a": {}, "b": [None, [], {}], "id": None}) == {"": 1, "a": {}, "b": [None, [], {}]}


def test_objects_in_lists_of_lists_are_cleaned_too() -> None:
    assert clean({"Grid": [[{"id": 5, "$line": 1, "Note": None}]]}) == {"Grid": [[{"id": "5"}]]}


@pytest.mark.parametrize("nest", [lambda inner: [inner], lambda inner: {"a": inner}, lambda inner: {"a": [inner]}])
def test_a_record_without_bottom_is_an_error_of_zohos(nest: Callable[[JsonValue], JsonValue]) -> None:
    value: JsonValue = 1
    for _ in range(900):
        value = nest(value)
    with pytest.raises(ZohoAPIError, match="levels"):
        clean({"id": "1", "Deep": value})
