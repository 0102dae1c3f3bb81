"""Records as a model reads them."""

from __future__ import annotations

from pydantic import JsonValue

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
