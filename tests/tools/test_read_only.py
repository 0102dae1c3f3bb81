"""A read-only server writes by no path, whatever is served."""

from __future__ import annotations

import pytest
from mcp import MCPError
from mcp.types import TextResourceContents

from support.clients import ERAS, EVERY_TOOLSET, Era, call, client, first_account
from zohocrm_mcp.app import catalog
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import NotAllowedError
from zohocrm_mcp.parts import open_parts
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
WRITING = [spec.name for spec in catalog().specs if not spec.risk.read_only]


@pytest.mark.parametrize("era", ERAS)
async def test_nothing_that_writes_is_listed_or_called(settings: Settings, simulator: Simulator, era: Era) -> None:
    served = settings.model_copy(update={"read_only": True, "toolsets": tuple(EVERY_TOOLSET.split(","))})
    async with client(served, era) as connected:
        listed = {tool.name for tool in (await connected.list_tools()).tools}
        assert not listed & set(WRITING)
        for name in WRITING:
            with pytest.raises(MCPError, match="ZOHO_MCP_READ_ONLY") as refused:
                await connected.call_tool(name, {})
            assert refused.value.code == -32602
        account = await first_account(connected)
        for query in (
            f"update Accounts set Phone = '1' where id = '{account}'",  # noqa: S608 -- meant as an attack
            f"select id from Accounts where id = '{account}'; delete from Accounts",  # noqa: S608 -- the same
            "insert into Accounts (Account_Name) values ('x')",
        ):
            assert (await call(connected, "query_records", select_query=query))["error"]["kind"] == "invalid_input"
        for prompt in (await connected.list_prompts()).prompts:
            await connected.get_prompt(prompt.name, {one.name: account for one in prompt.arguments or []})
        for uri in (f"crm://accounts/{account}", "crm://accounts/schema", "crm://modules", "crm://limits"):
            (content,) = (await connected.read_resource(uri)).contents
            assert isinstance(content, TextResourceContents)
    asked = {(entry.method, entry.path) for entry in simulator.requests if entry.path.startswith("/crm/")}
    assert {path for method, path in asked if method != "GET"} <= {"/crm/v8/coql"}


async def test_a_request_past_the_tools_only_reads(settings: Settings) -> None:
    services, close = await open_parts(settings.model_copy(update={"read_only": True}))
    try:
        assert (await services.rest.request("GET", "/crm/v8/org", None)).status == 200
        with pytest.raises(NotAllowedError, match="only reads"):
            await services.rest.request("DELETE", "/crm/v8/Accounts", {"ids": "1"})
    finally:
        await close()
