"""Every resource of a running server is read, on both eras, and exports page by page to their end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp import Client
from mcp.types import TextResourceContents

from support.clients import ERAS, Era, call, client, first_account
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("era", ERAS)]


async def read(connected: Client, uri: str) -> str:
    (content,) = (await connected.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text


async def test_every_resource_of_the_contract_can_be_read(settings: Settings, era: Era) -> None:
    async with client(settings, era) as connected:
        account = await first_account(connected)
        job = await call(connected, "bulk_update_accounts", records=[{"id": account, "Phone": "1"}])
        export = (await call(connected, "bulk_read_accounts", limit=5))["export_uri"]
        documents: dict[str, Any] = {
            uri: json.loads(await read(connected, uri))
            for uri in (
                *("crm://modules", "crm://accounts/schema", "crm://modules/Contacts/schema", "crm://limits", export),
                *("crm://modules/accounts/fields/account name", f"crm://accounts/{account}"),
                f"crm://jobs/{job['job_id']}",
            )
        }
        assert {"Accounts", "Contacts"} <= {one["api_name"] for one in documents["crm://modules"]["modules"]}
        assert documents["crm://accounts/schema"]["required"] == ["Account_Name"]
        assert documents[f"crm://accounts/{account}"]["record"]["Phone"] == "1"
        assert documents[f"crm://jobs/{job['job_id']}"]["succeeded"] == 1
        assert len(documents[export]["records"]) == 5
        for guide in ("search", "coql"):
            assert 1_000 < len(await read(connected, f"crm://guides/{guide}")) < 3_000


async def test_an_example_of_the_account_schema_is_a_valid_write(settings: Settings, era: Era) -> None:
    async with client(settings, era) as connected:
        example = json.loads(await read(connected, "crm://accounts/schema"))["example"]
        assert "Account_Name" in example
        made = await call(connected, "create_account", values=example)
    assert made["record"]["Account_Name"] == example["Account_Name"]


async def test_an_export_is_read_to_its_end_by_its_next_uris(
    settings: Settings, simulator: Simulator, era: Era
) -> None:
    rows = [{"Account_Name": f"One more {number}"} for number in range(400)]
    async with client(settings, era) as connected:
        await call(connected, "bulk_upsert_accounts", records=rows, duplicate_check_fields=["Account_Name"])
        following = (await call(connected, "bulk_read_accounts", fields=["Account_Name"]))["export_uri"]
        seen: list[str] = []
        pages = 0
        while following:
            page = json.loads(await read(connected, following))
            seen += [one["id"] for one in page["records"]]
            following, pages = page.get("next"), pages + 1
    assert pages == 3
    assert len(seen) == 460
    assert set(seen) == {str(one) for one in simulator.state.tables["Accounts"].ids()}
