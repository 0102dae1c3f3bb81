"""Fields and values that did not exist when the server started, and those that are gone since."""

from __future__ import annotations

import json

import pytest
from mcp.types import ResourceTemplateReference, TextResourceContents

from support.clients import ERAS, Era, call, client, first_account
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
NEW = {"field": "Contract tier", "op": "equals", "value": "gold"}
TEMPLATE = ResourceTemplateReference(type="ref/resource", uri="crm://modules/{module}/fields/{field}")


@pytest.mark.parametrize("era", ERAS)
async def test_a_field_that_was_unknown_a_moment_ago_works_everywhere(
    settings: Settings, simulator: Simulator, era: Era
) -> None:
    async with client(settings, era) as connected:
        account = await first_account(connected)
        for given in ({"values": {"Contract tier": "Gold"}}, {"values": {"Contract_Tier": "Gold"}}):
            refused = await call(connected, "update_account", account_id=account, **given)
            assert "Unknown field" in refused["error"]["message"]
        assert (await call(connected, "search_accounts", filters=[NEW]))["error"]["kind"] == "invalid_input"
        simulator.add_field("Accounts", "Contract_Tier", "picklist", "Contract tier", values=["Gold", "Silver"])

        written = await call(connected, "update_account", account_id=account, values={"contract TIER": "gold"})
        assert written["changed"] == {"Contract_Tier": {"before": None, "after": "Gold"}}
        found = await call(connected, "search_accounts", filters=[NEW], fields=["Contract tier"])
        assert found["records"] == [{"id": account, "Contract_Tier": "Gold"}]
        query = "select contract_tier from Accounts where Contract_Tier = 'Gold'"
        assert (await call(connected, "query_records", select_query=query))["count"] == 1
        job = await call(connected, "bulk_update_accounts", records=[{"id": account, "Contract tier": "Silver"}])
        assert job["state"] == "succeeded"
        described = await call(connected, "describe_module", module="accounts", fields=["contract tier"])
        assert described["fields"][0]["picklist"] == ["Gold", "Silver"]
        read = await call(connected, "bulk_read_accounts", fields=["Contract tier"], limit=1000)
        assert read["summary"]["Contract_Tier"]["empty"] == read["count"] - 1
        (schema,) = (await connected.read_resource("crm://accounts/schema")).contents
        assert isinstance(schema, TextResourceContents)
        assert "Contract_Tier" in json.loads(schema.text)["fields"]
        completed = await connected.complete(TEMPLATE, {"name": "field", "value": "Contract_T"}, {"module": "Accounts"})
        assert completed.completion.values == ["Contract_Tier"]


async def test_a_value_that_was_outside_the_pick_list_a_moment_ago_is_taken(
    settings: Settings, simulator: Simulator
) -> None:
    async with client(settings, "auto") as connected:
        account = await first_account(connected)
        given = {"account_id": account, "values": {"Industry": "Space travel"}}
        refused = await call(connected, "update_account", **given)
        assert "Technology" in refused["error"]["hint"]
        simulator.change_field("Accounts", "Industry", values=["Technology", "Space Travel"])
        assert (await call(connected, "update_account", **given))["changed"]["Industry"]["after"] == "Space Travel"


async def test_a_field_that_is_gone_is_missed_at_once_and_forgotten_then(
    settings: Settings, simulator: Simulator
) -> None:
    async with client(settings, "auto") as connected:
        everything = {"criteria": "id is not null", "limit": 5}
        assert "Health_Score" in json.dumps(await call(connected, "search_accounts", **everything))
        simulator.remove_field("Accounts", "Health_Score")
        await call(connected, "search_accounts", **everything)
        found = await call(connected, "search_accounts", **everything)
        assert found["count"] == 5
        assert "Health_Score" not in json.dumps(found)
        refused = await call(connected, "count_records", filters=[{"field": "Health Score", "op": "is_empty"}])
        assert "Unknown field" in refused["error"]["message"]
