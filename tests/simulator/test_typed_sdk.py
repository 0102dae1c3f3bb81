"""The official Python SDK's typed calls on records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_records_are_listed_with_their_types(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        page = accounts.get_records(params(
            fields="Account_Name,Industry,Annual_Revenue,Owner,Created_Time,Last_Engagement_Date,Product_Interests",
            per_page=5,
        )).get_object()
        first = page.get_data()[0]
        values = first.get_key_values()
        say(
            count=len(page.get_data()),
            more=page.get_info().get_more_records(),
            token=bool(page.get_info().get_next_page_token()),
            types={name: type(value).__name__ for name, value in values.items()},
        )
        """,
    )
    assert said["count"] == 5
    assert said["more"] is True
    assert said["token"] is True
    assert said["types"]["Industry"] == "Choice"
    assert said["types"]["Annual_Revenue"] == "float"
    assert said["types"]["Owner"] == "MinifiedUser"
    assert said["types"]["Created_Time"] == "datetime"
    assert said["types"]["id"] == "int"


def test_a_whole_record_is_read(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        found = accounts.get_record(some_id(), ParameterMap(), HeaderMap()).get_object().get_data()[0]
        values = found.get_key_values()
        say(name=values["Account_Name"], keys=sorted(values), contracts=type(values.get("Contracts")).__name__)
        """,
    )
    assert said["name"]
    assert {"Health_Score", "Account_Status", "Layout", "Created_By", "Tag"} <= set(said["keys"])


def test_a_record_that_is_not_there_is_none(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        answer = accounts.get_record(1234567890123456789, ParameterMap(), HeaderMap())
        say(status=answer.get_status_code(), found=answer.get_object())
        """,
    )
    assert said == {"status": 204, "found": None}


def test_records_are_created_updated_and_deleted(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        def body(*some):
            made = records.BodyWrapper()
            made.set_data(list(some))
            made.set_trigger([])
            return made

        new = Record()
        new.add_field_value(Field.Accounts.account_name(), "Made by the SDK")
        new.add_key_value("Account_Status", Choice("Active"))
        new.add_key_value("Health_Score", 85)
        new.add_key_value("Last_Engagement_Date", date(2025, 10, 18))
        new.add_key_value("Annual_Revenue", 1200000.0)
        created = accounts.create_records(body(new), HeaderMap())
        made = created.get_object().get_data()[0]
        made_id = int(made.get_details()["id"])

        change = Record()
        change.set_id(made_id)
        change.add_key_value("Health_Score", 90)
        updated = accounts.update_records(body(change), HeaderMap())
        single = Record()
        single.add_key_value("Health_Score", 91)
        one = accounts.update_record(made_id, body(single), HeaderMap())

        again = records.BodyWrapper()
        again.set_data([new])
        again.set_duplicate_check_fields(["Account_Name"])
        upserted = accounts.upsert_records(again, HeaderMap())
        gone = accounts.delete_record(made_id, ParameterMap(), HeaderMap())
        say(
            statuses=[each.get_status_code() for each in (created, updated, one, upserted, gone)],
            codes=[
                each.get_object().get_data()[0].get_code().get_value()
                for each in (created, updated, one, upserted, gone)
            ],
        )
        """,
    )
    assert said["statuses"] == [201, 200, 200, 200, 200]
    assert said["codes"] == ["SUCCESS"] * 5


def test_a_mixed_outcome_holds_successes_and_errors_in_order(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        changes = []
        for record_id in (some_id(), 1234567890123456789):
            change = Record()
            change.set_id(record_id)
            change.add_key_value("Health_Score", 5)
            changes.append(change)
        body = records.BodyWrapper()
        body.set_data(changes)
        answer = accounts.update_records(body, HeaderMap())
        say(status=answer.get_status_code(), kinds=[type(each).__name__ for each in answer.get_object().get_data()])
        """,
    )
    assert said == {"status": 207, "kinds": ["SuccessResponse", "APIException"]}


def test_search_count_and_coql_find_the_same(typed: Callable[[str], dict[str, Any]]) -> None:
    said = typed(
        """
        from zohocrmsdk.src.com.zoho.crm.api import coql
        criteria = "((Industry:equals:Technology)and(Annual_Revenue:greater_than:1000000))"
        found = accounts.search_records(params(criteria=criteria, fields="Account_Name"), HeaderMap()).get_object()
        count = accounts.record_count(params(criteria=criteria)).get_object()
        query = coql.BodyWrapper()
        query.set_select_query(
            "select Account_Name from Accounts where Industry = 'Technology' and Annual_Revenue > 1000000"
        )
        rows = coql.CoqlOperations().get_records(query).get_object()
        say(found=len(found.get_data()), count=int(count.get_count()), rows=len(rows.get_data()))
        """,
    )
    assert said["found"] == said["count"] == said["rows"] > 20
