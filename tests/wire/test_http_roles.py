"""What a role lists and may call, over every wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from mcp import MCPError
from mcp.types import INVALID_PARAMS

from support.clients import EVERY_TOOLSET, call, first_account
from support.tenants import WIRES, Companies, Server, Wire, both_companies  # noqa: F401 -- a fixture
from zohocrm_mcp.access.caller import ROLES, Role
from zohocrm_mcp.app import catalog
from zohocrm_mcp.observe.audit import Audit
from zohocrm_mcp.toolkit.roles import role_for

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("http_roles")]

SPECS = {spec.name: spec for spec in catalog().specs}


@pytest.fixture(scope="module")
def tokens(both: Companies) -> dict[Role, str]:
    return {role: both.token(f"a-{role}", "acme", role) for role in ROLES}


@pytest.fixture(scope="module")
def server(both: Companies, tokens: dict[Role, str]) -> Iterator[Server]:
    assert tokens
    with both.serving("--toolsets", EVERY_TOOLSET, ZOHO_MCP_CONFIRM="never") as running:
        yield running


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_lists_what_it_may_call(server: Server, tokens: dict[Role, str], role: Role, wire: Wire) -> None:
    async with server.client(tokens[role], wire) as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
    assert listed == {name for name, spec in SPECS.items() if ROLES.index(role_for(spec)) <= ROLES.index(role)}


async def test_a_list_that_differs_by_caller_is_cached_by_nobody_but_the_caller(
    server: Server, tokens: dict[Role, str]
) -> None:
    for token in tokens.values():
        assert '"cacheScope":"private"' in server.post(token).text


@pytest.mark.parametrize("wire", WIRES)
async def test_a_reader_calls_no_tool_that_writes(
    both: Companies, server: Server, tokens: dict[Role, str], wire: Wire
) -> None:
    writing = [name for name, spec in SPECS.items() if not spec.risk.read_only]
    assert len(writing) > 10
    before = writes(both)
    async with server.client(tokens["read"], wire) as client:
        account = await first_account(client)
        given: dict[str, Any] = {"account_id": account, "record_id": account, "values": {"Phone": "1"}}
        for name in writing:
            with pytest.raises(MCPError, match="takes the role") as refused:
                await client.call_tool(name, given)
            assert refused.value.code == INVALID_PARAMS
    assert writes(both) == before


def writes(both: Companies) -> int:
    return sum(entry.method != "GET" and "/crm/" in entry.path for entry in both.simulators["acme"].requests)


async def test_what_reaches_the_whole_organisation_is_for_admins(server: Server, tokens: dict[Role, str]) -> None:
    async with server.client(tokens["write"]) as client:
        with pytest.raises(MCPError, match="takes the role 'admin'"):
            await client.call_tool("zoho_request", {"path": "/crm/v8/settings/roles"})
    async with server.client(tokens["admin"]) as client:
        assert (await call(client, "zoho_request", path="/crm/v8/settings/modules"))["status"] == 200


async def test_a_writer_writes(both: Companies, server: Server, tokens: dict[Role, str]) -> None:
    async with server.client(tokens["write"]) as client:
        account = await first_account(client)
        changed = await call(client, "update_account", account_id=account, values={"Phone": "+1 555 0100"})
    assert changed["changed"]["Phone"]["after"] == "+1 555 0100"
    found = Audit(both.database).read()
    (entry,) = [one for one in found if one.event == "update_account" and one.outcome == "ok"]
    assert (entry.who, entry.connection, entry.record_ids) == ("a-write", "acme", [account])


@pytest.mark.parametrize(
    "name", ["update_account\u0000", "UPDATE_ACCOUNT", " update_account", "\uff55pdate_account", "../update_account"]
)
async def test_no_other_spelling_of_a_tool_is_a_way_to_it(
    both: Companies, server: Server, tokens: dict[Role, str], name: str
) -> None:
    before = writes(both)
    async with server.client(tokens["read"], "legacy") as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool(name, {"account_id": "1", "values": {"Phone": "1"}})
        assert refused.value.code == INVALID_PARAMS
    assert writes(both) == before
