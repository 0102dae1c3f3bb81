"""Fields that the settings deny: whatever tool, resource or completion is asked, none is shown, written or betrayed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import ResourceTemplateReference, TextResourceContents

from support.clients import EVERY_TOOLSET, client
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
REVENUE, EMAIL = 987654321, "hidden.person@secret.example"
DENY = ("Accounts.Annual_Revenue", "Contacts.E-mail Address")
"""One by API name, one by a label that is quite another."""
SECRETS = (str(REVENUE), "hidden.person", "secret.example")
FIELDS = ("Annual_Revenue", "Annual Revenue")


@dataclass
class Denied:
    """A server over an account and a contact with a secret in each."""

    connected: Client
    account: str
    contact: str

    async def said(self, tool: str, **arguments: Any) -> tuple[bool, str]:
        """Whether it was refused, and everything that came back."""
        try:
            result = await self.connected.call_tool(tool, arguments)
        except MCPError as error:
            return True, json.dumps([error.message, error.data])
        texts = [block.model_dump_json() for block in result.content]
        refused = bool(result.is_error)
        if tool.startswith(("bulk_update", "bulk_upsert")) and not refused:
            refused = bool((result.structured_content or {})["failed"])
        return refused, json.dumps(result.structured_content, ensure_ascii=False) + "".join(texts)

    async def read(self, uri: str) -> str:
        (content,) = (await self.connected.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        return content.text


@pytest.fixture
async def denied(settings: Settings, simulator: Simulator) -> AsyncIterator[Denied]:
    simulator.change_field("Contacts", "Email", label="E-mail Address")
    simulator.settings.index_lag_seconds = 0
    contact = contact_of_an_account(simulator)
    account = str(stored(simulator, "Contacts", contact, "Account_Name"))
    simulator.put("Accounts", account, Annual_Revenue=REVENUE)
    simulator.put("Contacts", contact, Email=EMAIL)
    changed = {"fields_deny": DENY, "toolsets": tuple(EVERY_TOOLSET.split(",")), "confirm": "never"}
    async with client(settings.model_copy(update=changed), "auto") as connected:
        yield Denied(connected, account, contact)


def contact_of_an_account(simulator: Simulator) -> str:
    table = simulator.state.tables["Contacts"]
    return next(str(one) for one in table.ids() if table.value(one, "Account_Name"))


def stored(simulator: Simulator, module: str, key: str, field: str) -> object:
    return simulator.state.tables[module].value(int(key), field)


async def test_what_may_be_read_comes_without_them(denied: Denied) -> None:
    account, contact = denied.account, denied.contact
    of_contacts = {"module": "Contacts", "record_id": contact}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_account", {"account_id": account}),
        ("get_accounts", {"limit": 200}),
        ("search_accounts", {"criteria": "id is not null", "limit": 200}),
        ("search_accounts", {"filters": [{"field": "id", "op": "equals", "value": account}]}),
        ("account_overview", {"account_id": account}),
        ("describe_module", {"module": "Accounts"}),
        ("describe_module", {"module": "Contacts"}),
        ("bulk_read_accounts", {}),
        ("get_record", of_contacts),
        ("search_records", {"module": "Contacts", "criteria": "id is not null", "limit": 200}),
        ("get_related_records", {"module": "Accounts", "record_id": account, "related_list": "Contacts"}),
        ("query_records", {"select_query": "select Last_Name, Account_Name.Industry from Contacts limit 200"}),
        ("update_account", {"account_id": account, "values": {"Health_Score": 7}}),
        ("bulk_update_accounts", {"records": [{"id": account, "Health_Score": 8}], "dry_run": True}),
        ("update_accounts_where", {"values": {"Health_Score": 9}, "criteria": f"id = '{account}'"}),
        ("create_account", {"values": {"Account_Name": "New here"}}),
        ("update_record", {**of_contacts, "values": {"Department": "Sales"}}),
        ("zoho_request", {"path": f"/crm/v8/Accounts/{account}"}),
        ("zoho_request", {"path": f"/crm/v8/Contacts/{contact}"}),
        ("zoho_request", {"path": "/crm/v8/settings/fields", "params": {"module": "Accounts"}}),
        ("list_jobs", {}),
        ("list_modules", {}),
    ]
    for tool, arguments in calls:
        refused, text = await denied.said(tool, **arguments)
        assert not refused, (tool, arguments, text)
        assert not [secret for secret in (*SECRETS, *FIELDS) if secret in text], (tool, arguments)


async def test_exports_and_resources_are_without_them(denied: Denied) -> None:
    _, text = await denied.said("bulk_read_accounts")
    export = json.loads(text[: text.index("}{") + 1] if "}{" in text else text)["export_uri"]
    whole = ("crm://accounts/schema", "crm://modules/Accounts/schema", "crm://modules/Contacts/schema", "crm://limits")
    for uri in (export, f"crm://accounts/{denied.account}", "crm://modules", *whole):
        shown = await denied.read(uri)
        assert not [secret for secret in (*SECRETS, *FIELDS) if secret in shown], uri
    with pytest.raises(MCPError, match="Unknown field"):
        await denied.read("crm://modules/Accounts/fields/Annual_Revenue")
    template = ResourceTemplateReference(type="ref/resource", uri="crm://modules/{module}/fields/{field}")
    found = await denied.connected.complete(template, {"name": "field", "value": "annual"}, {"module": "Accounts"})
    assert found.completion.values == []


async def test_whoever_names_one_is_refused_and_nothing_is_sent(denied: Denied, simulator: Simulator) -> None:
    account, contact, of_contacts = denied.account, denied.contact, {"module": "Contacts"}
    more, least = f"Annual_Revenue > {REVENUE - 1}", f"(Annual Revenue:greater_than:{REVENUE - 1})"
    by_email = [{"field": "Email", "op": "starts_with", "value": "hidden"}]
    where = {"filters": [{"field": "Annual Revenue", "op": "equals", "value": REVENUE}]}
    select = "select {} from {} where {}"
    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_account", {"account_id": account, "fields": ["annual revenue"]}),
        ("get_accounts", {"fields": ["Annual_Revenue"]}),
        ("get_accounts", {"sort_by": "Annual_Revenue"}),
        ("search_accounts", where),
        ("search_accounts", {"criteria": more}),
        ("search_accounts", {"criteria": least}),
        ("search_accounts", {"criteria": "id is not null", "sort_by": "Annual Revenue"}),
        ("count_records", where),
        ("count_records", {"criteria": more}),
        ("count_records", {"module": "Contacts", "filters": by_email}),
        ("search_records", {**of_contacts, "filters": by_email}),
        ("search_records", {**of_contacts, "email": EMAIL}),
        ("search_records", {**of_contacts, "word": "hidden"}),
        ("search_records", {**of_contacts, "criteria": f"Account_Name.{more}"}),
        ("search_records", {**of_contacts, "criteria": "id is not null", "fields": ["Account_Name.Annual_Revenue"]}),
        ("query_records", {"select_query": select.format("Annual_Revenue", "Accounts", "id is not null")}),
        ("query_records", {"select_query": select.format("SUM(annual_revenue) as 's'", "Accounts", "id is not null")}),
        ("query_records", {"select_query": select.format("id", "Accounts", more)}),
        ("query_records", {"select_query": select.format("id", "Accounts", "id is not null order by Annual_Revenue")}),
        ("query_records", {"select_query": select.format("Account_Name.Annual_Revenue", "Contacts", "id is not null")}),
        ("query_records", {"select_query": select.format("id", "Contacts", f"Account_Name.{more}")}),
        ("query_records", {"select_query": select.format("Email as 'x'", "Contacts", "id is not null")}),
        ("describe_module", {"module": "Accounts", "fields": ["Annual Revenue"]}),
        ("bulk_read_accounts", {"fields": ["Annual Revenue"]}),
        ("bulk_read_accounts", where),
        ("get_related_records", {**of_contacts, "module": "Accounts", "record_id": account, "related_list": "Contacts",
                                 "fields": ["Email"]}),
        ("create_account", {"values": {"Account_Name": "N", "Annual_Revenue": 1}}),
        ("update_account", {"account_id": account, "values": {"Annual Revenue": 1}}),
        ("update_record", {**of_contacts, "record_id": contact, "values": {"Email": "new@secret.test"}}),
        ("bulk_update_accounts", {"records": [{"id": account, "Annual_Revenue": 1}]}),
        ("bulk_upsert_accounts", {"records": [{"Annual_Revenue": 1}], "duplicate_check_fields": ["Account_Name"]}),
        ("bulk_upsert_accounts", {"records": [{"Account_Name": "N"}], "duplicate_check_fields": ["Annual_Revenue"]}),
        ("update_accounts_where", {"values": {"Annual_Revenue": 1}, "criteria": f"id = '{account}'"}),
        ("update_accounts_where", {"values": {"Health_Score": 1}, **where}),
        ("zoho_request", {"path": "/crm/v8/Accounts", "params": {"fields": "Account_Name,Annual_Revenue"}}),
        ("zoho_request", {"path": "/crm/v8/Accounts/search", "params": {"criteria": least.replace(" R", "_R")}}),
        ("zoho_request", {"path": "/crm/v8/Contacts/search", "params": {"email": EMAIL}}),
        ("zoho_request", {"path": "/crm/v8/Contacts/search", "params": {"word": "hidden"}}),
        ("zoho_request", {"path": "/crm/v8/Contacts/search", "params": {"phone": "+1 555 0100"}}),
        ("zoho_request", {"path": "/crm/v8/coql", "method": "POST",
                          "body": {"select_query": "select Email from Contacts"}}),
        ("zoho_request", {"path": f"/crm/v8/Accounts/{account}", "method": "PUT",
                          "body": {"data": [{"Annual_Revenue": 1}]}}),
        ("zoho_request", {"path": "/crm/v8/Contacts/upsert", "method": "POST",
                          "body": {"data": [{"Last_Name": "N"}], "duplicate_check_fields": ["Email"]}}),
    ]  # fmt: skip
    for tool, arguments in calls:
        refused, text = await denied.said(tool, **arguments)
        assert refused, (tool, arguments, text)
        assert EMAIL not in text, (tool, arguments)
    assert stored(simulator, "Accounts", account, "Annual_Revenue") == REVENUE
    assert stored(simulator, "Contacts", contact, "Email") == EMAIL


async def test_a_lookup_does_not_show_a_name_that_may_not_be_read(settings: Settings, simulator: Simulator) -> None:
    contact = contact_of_an_account(simulator)
    denied = settings.model_copy(
        update={"fields_deny": ("Accounts.Account_Name",), "toolsets": tuple(EVERY_TOOLSET.split(","))}
    )
    async with client(denied, "auto") as connected:
        query = " where ".join(["select Account_Name from Contacts", f"id = '{contact}'"])
        for tool, arguments in (
            ("get_record", {"module": "Contacts", "record_id": contact}),
            ("query_records", {"select_query": query}),
        ):
            answer = (await connected.call_tool(tool, arguments)).structured_content or {}
            record = answer.get("record") or answer["records"][0]
            assert set(record["Account_Name"]) == {"id"}
        account = str(record["Account_Name"]["id"])
        asked = (await connected.call_tool("delete_account", {"account_id": account})).structured_content or {}
        assert asked["preview"] == f"Delete {account} from Accounts? It goes to the recycle bin."
