"""The main job through a client, the whole product behind it: SDK, simulator, PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client
from mcp.types import TextContent, TextResourceContents
from pydantic import SecretStr

from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("era", ["auto", "legacy"])]


class Product:
    """A client of the product; ``call`` checks that both channels say the same."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self.client.call_tool(tool, arguments)
        (block,) = result.content
        assert isinstance(block, TextContent)
        assert not result.is_error, block.text
        structured: dict[str, Any] = json.loads(block.text)
        assert result.structured_content == structured
        return structured

    async def refused(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error
        assert result.structured_content is not None
        error: dict[str, Any] = result.structured_content["error"]
        return error

    async def read(self, uri: str) -> Any:
        (content,) = (await self.client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        return json.loads(content.text)


@asynccontextmanager
async def product(settings: Settings, era: Any) -> AsyncIterator[Product]:
    async with Client(create_app(settings)[0], mode=era) as client:
        yield Product(client)


def writes(simulator: Simulator) -> int:
    return sum(entry.method in {"POST", "PUT", "DELETE"} and "/crm/" in entry.path for entry in simulator.requests)


async def test_accounts_are_walked_by_cursor_without_loss_or_repeat(settings: Settings, era: str) -> None:
    async with product(settings, era) as crm:
        page = await crm.call("get_accounts", limit=25)
        ids = [record["id"] for record in page["records"]]
        while page["more_records"]:
            page = await crm.call("get_accounts", limit=25, cursor=page["next_cursor"])
            ids += [record["id"] for record in page["records"]]
    assert page["next_cursor"] == ""
    assert len(ids) == len(set(ids)) == 60


async def test_an_account_is_changed_and_the_answer_says_what_it_was(settings: Settings, era: str) -> None:
    values = {"Account_Status": "Active", "Health_Score": 85, "Last_Engagement_Date": "2025-10-18"}
    async with product(settings, era) as crm:
        (account,) = (await crm.call("get_accounts", limit=1))["records"]
        before = (await crm.call("get_account", account_id=account["id"]))["record"]
        updated = await crm.call("update_account", account_id=account["id"], values=values)
        after = (await crm.call("get_account", account_id=account["id"], fields=list(values)))["record"]
    assert updated["changed"] == {name: {"before": before.get(name), "after": value} for name, value in values.items()}
    assert {name: after[name] for name in values} == values


async def test_accounts_are_found_by_criteria_and_by_filters_alike(settings: Settings, era: str) -> None:
    criteria = "(Industry:equals:Technology) and (Annual_Revenue:greater_than:1000000)"
    filters = [
        {"field": "industry", "op": "equals", "value": "Technology"},
        {"field": "Annual Revenue", "op": "greater_than", "value": 1000000},
    ]
    async with product(settings, era) as crm:
        by_criteria = await crm.call("search_accounts", criteria=criteria, limit=50)
        by_filters = await crm.call("search_accounts", filters=filters, limit=50)
    assert by_criteria["records"]
    assert by_criteria["records"] == by_filters["records"]
    assert {"via", "criteria", "count", "more_records", "next_cursor"} <= set(by_criteria)


@pytest.mark.parametrize("kinds", [{}, {"word": "a", "email": "a@b.example"}, {"criteria": "x", "word": "y"}])
async def test_a_search_takes_exactly_one_kind_of_condition(
    settings: Settings, era: str, kinds: dict[str, str]
) -> None:
    async with product(settings, era) as crm:
        error = await crm.refused("search_accounts", **kinds)
    assert error["kind"] == "invalid_input"
    assert "filters" in error["message"] + error["hint"]


async def test_many_accounts_are_changed_and_a_bad_value_fails_alone(settings: Settings, era: str) -> None:
    async with product(settings, era) as crm:
        page = await crm.call("get_accounts", limit=50, fields=["Account_Name"])
        records = [{"id": record["id"], "Health_Score": 90} for record in page["records"]]
        records[7]["Health_Score"] = "ninety"
        job = await crm.call("bulk_update_accounts", records=records)
        changed = await crm.call("get_account", account_id=records[0]["id"], fields=["Health_Score"])
    assert (job["total"], job["succeeded"], job["failed"], job["state"]) == (50, 49, 1, "partly_failed")
    (failure,) = job["failures"]
    assert failure["record_id"] == records[7]["id"]
    assert changed["record"]["Health_Score"] == 90


async def test_a_dry_run_changes_nothing(settings: Settings, simulator: Simulator, era: str) -> None:
    async with product(settings, era) as crm:
        (account,) = (await crm.call("get_accounts", limit=1))["records"]
        before = writes(simulator)
        job = await crm.call("bulk_update_accounts", records=[{"id": account["id"], "Health_Score": 1}], dry_run=True)
    assert (job["state"], job["dry_run"]) == ("planned", True)
    assert writes(simulator) == before


async def test_a_whole_table_is_read_into_an_export_that_is_a_resource(settings: Settings, era: str) -> None:
    fields = ["Account_Name", "Industry", "Annual_Revenue", "Owner"]
    async with product(settings, era) as crm:
        read = await crm.call("bulk_read_accounts", criteria="Account_Status:equals:Active", fields=fields)
        page = await crm.read(read["export_uri"])
        found = await crm.call("search_accounts", criteria="Account_Status:equals:Active", limit=200)
    assert read["count"] == len(page["records"]) == found["count"] > 0
    assert read["sample"] == page["records"][: len(read["sample"])]
    assert all(set(record) <= {"id", *fields} for record in page["records"])


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"Anual Revenue": 1}, "Annual_Revenue"),
        ({"Account_Status": "Sleepy"}, "Active"),
        ({"Health_Score": "high"}, "Health_Score"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_before_anything_is_sent(
    settings: Settings, simulator: Simulator, era: str, values: dict[str, Any], part: str
) -> None:
    async with product(settings, era) as crm:
        (account,) = (await crm.call("get_accounts", limit=1))["records"]
        before = writes(simulator)
        error = await crm.refused("update_account", account_id=account["id"], values=values)
    assert error["kind"] == "invalid_input"
    assert part in error["message"] + error["hint"]
    assert writes(simulator) == before


async def test_an_account_that_is_not_there_is_told(settings: Settings, era: str) -> None:
    async with product(settings, era) as crm:
        assert (await crm.refused("get_account", account_id="5437896100009999999"))["kind"] == "not_found"


async def test_modules_and_fields_are_described(settings: Settings, era: str) -> None:
    async with product(settings, era) as crm:
        modules = (await crm.call("list_modules"))["modules"]
        described = await crm.call("describe_module", module="account", fields=["account status"])
        schema = await crm.read("crm://accounts/schema")
        field = await crm.read("crm://modules/Accounts/fields/Account_Status")
    assert {"Accounts", "Contacts", "Deals"} <= {module["api_name"] for module in modules}
    (status,) = described["fields"]
    assert (status["api_name"], status["type"]) == ("Account_Status", "picklist")
    assert field["picklist"] == status["picklist"] == schema["fields"]["Account_Status"]["picklist"]
    assert schema["required"] == ["Account_Name"]
    assert len(json.dumps(schema)) < 12_000


async def test_the_example_of_the_account_schema_is_a_valid_write(settings: Settings, era: str) -> None:
    async with product(settings, era) as crm:
        example = (await crm.read("crm://accounts/schema"))["example"]
        created = await crm.call("create_account", values=example)
        assert created["record"]["id"] == created["record_id"]


async def test_questions_in_coql_and_counts_are_answered(settings: Settings, era: str) -> None:
    async with product(settings, era) as crm:
        page = await crm.call("query_records", select_query="select Account_Name from Accounts where id is not null")
        counted = await crm.call("count_records")
    assert page["count"] == counted["count"] == 60


async def test_health_is_told(settings: Settings, era: str) -> None:
    async with product(settings, era) as crm:
        health = await crm.call("check_health")
    assert health["status"] == "healthy"
    assert {"configuration", "database", "api_access", "token_validity"} <= set(health["checks"])


async def test_health_is_told_also_when_the_database_is_not_there(settings: Settings, era: str) -> None:
    nowhere = SecretStr("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    async with product(settings.model_copy(update={"database_url": nowhere}), era) as crm:
        assert (await crm.refused("list_modules"))["kind"] == "unavailable"
        health = await crm.call("check_health")
    assert health["status"] == "unhealthy"
    assert health["checks"]["database"]["status"] == "error"
    assert health["checks"]["database"]["hint"]


async def test_a_denied_field_does_not_exist(settings: Settings, era: str) -> None:
    denied = settings.model_copy(update={"fields_deny": ("Accounts.Annual_Revenue",)})
    async with product(denied, era) as crm:
        page = await crm.call("get_accounts", limit=5)
        error = await crm.refused("get_accounts", limit=5, fields=["Annual_Revenue"])
        schema = await crm.read("crm://accounts/schema")
    assert all("Annual_Revenue" not in record for record in page["records"])
    assert error["kind"] in {"invalid_input", "not_allowed"}
    assert "Annual_Revenue" not in schema["fields"]
