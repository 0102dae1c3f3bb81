"""The schema service against a running Zoho: what it knows, how often it asks, and what it hides."""

from __future__ import annotations

import json

import anyio
import pytest

from support.services import services
from zohocrm_mcp.errors import InvalidInputError, UnavailableError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.cache import MOST_DROPS
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


def asked(simulator: Simulator, path: str) -> int:
    return sum(entry.path.endswith(path) for entry in simulator.requests)


async def test_a_module_is_known_by_its_names(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        assert {"Accounts", "Contacts", "Deals", "Projects"} <= {one.api_name for one in await parts.schema.modules()}
        for name in ("Accounts", "accounts", "Account"):
            assert (await parts.schema.module(name)).api_name == "Accounts"
        with pytest.raises(InvalidInputError, match=r"Unknown module 'Acounts'. Did you mean Accounts"):
            await parts.schema.module("Acounts")


async def test_a_module_is_described_for_a_model(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        schema = await parts.schema.describe("accounts")
        fields = {one.api_name: one for one in schema.fields}
        assert schema.required == ["Account_Name"]
        assert schema.duplicate_check == ["Account_Name", "External_Id"]
        assert fields["Account_Name"].required
        assert fields["Account_Name"].max_length == 200
        assert fields["Account_Status"].picklist == ["Active", "Inactive", "Prospect", "Churned", "On Hold"]
        assert fields["Sales_Region"].display_values is not None
        assert fields["External_Id"].unique
        assert fields["Annual_Revenue"].decimal_places == 2
        assert fields["Parent_Account"].lookup_module == "Accounts"
        assert fields["Revenue_per_Employee"].read_only
        assert fields["Revenue_per_Employee"].returns == "currency"
        assert fields["Created_Time"].read_only
        assert not fields["Owner"].read_only
        assert len(json.dumps(schema.model_dump(exclude_none=True))) < 15_000


async def test_the_example_of_a_module_is_a_valid_write(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        for module in ("Accounts", "Deals", "Projects"):
            example = (await parts.schema.describe(module)).example or {}
            values = {name: value for name, value in example.items() if name not in {"Owner", "Parent_Account"}}
            fields = await parts.schema.fields(module)
            values = {name: value for name, value in values.items() if fields[name].type != "lookup"}
            assert await parts.schema.check_values(module, values, creating=True)


async def test_some_fields_are_described_in_the_order_asked_for(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        schema = await parts.schema.describe("Accounts", ["Annual Revenue", "Account_Name"])
        assert [one.api_name for one in schema.fields] == ["Annual_Revenue", "Account_Name"]
        assert [one.required for one in schema.fields] == [False, True]


async def test_a_field_that_only_the_layout_makes_mandatory_is_required(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        assert "Lead_Source" in ((await parts.schema.describe("Deals")).required or [])
        with pytest.raises(InvalidInputError, match="Lead_Source") as refused:
            await parts.schema.check_values("Deals", {"Deal_Name": "A", "Stage": "Closed Won"}, creating=True)
        assert refused.value.details["code"] == "MANDATORY_NOT_FOUND"


async def test_metadata_is_asked_for_once_however_many_want_it(simulator: Simulator) -> None:
    async with services(simulator) as parts, anyio.create_task_group() as together:
        for _ in range(20):
            together.start_soon(parts.schema.describe, "Accounts")
    assert asked(simulator, "/settings/fields") == 1
    assert asked(simulator, "/settings/layouts") == 1
    assert asked(simulator, "/settings/modules") == 1


async def test_who_waits_for_metadata_shares_the_failure(simulator: Simulator) -> None:
    refused: list[UnavailableError] = []
    async with services(simulator) as parts:
        await parts.schema.modules()

        async def ask() -> None:
            try:
                await parts.schema.fields("Accounts")
            except UnavailableError as error:
                refused.append(error)

        simulator.faults.add("/crm/v8/settings/fields", status=503)
        async with anyio.create_task_group() as together:
            for _ in range(5):
                together.start_soon(ask)
        assert len(refused) == 5
        assert await parts.schema.fields("Accounts")
    assert asked(simulator, "/settings/fields") == 2


async def test_a_field_that_is_newer_than_our_metadata_is_found(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        await parts.schema.fields("Accounts")
        simulator.state.schema.add_field("Accounts", "Nickname", "text")
        assert await parts.schema.names("Accounts", ["nickname"]) == ["Nickname"]
        assert await parts.schema.check_values("Accounts", {"Nickname": "A"}, creating=False) == {"Nickname": "A"}


async def test_a_pick_list_value_that_is_newer_than_our_metadata_is_taken(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        await parts.schema.fields("Accounts")
        status = simulator.state.schema.module("Accounts").field_named("Account_Status")
        assert status is not None
        status.values.append(("Dormant", "Dormant"))
        values = await parts.schema.check_values("Accounts", {"Account_Status": "dormant"}, creating=False)
        assert values == {"Account_Status": "Dormant"}


async def test_a_wrong_value_repeated_costs_a_few_looks_at_newer_metadata_and_no_more(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        for _ in range(20):
            with pytest.raises(InvalidInputError):
                await parts.schema.check_values("Accounts", {"Account_Status": "Bogus"}, creating=False)
    assert asked(simulator, "/settings/fields") == 1 + MOST_DROPS


async def test_denied_fields_do_not_exist(simulator: Simulator) -> None:
    deny = ("Accounts.Phone", "accounts.annual revenue", "users.email")
    async with services(simulator, fields_deny=deny) as parts:
        fields = await parts.schema.fields("Accounts")
        assert not {"Phone", "Annual_Revenue"} & set(fields)
        assert "Phone" in await parts.schema.fields("Contacts")
        assert not {"Phone", "Annual_Revenue"} & set(await parts.schema.default_fields("Accounts"))
        for name in ("Phone", "Annual Revenue"):
            with pytest.raises(InvalidInputError, match=f"Unknown field '{name}' on Accounts"):
                await parts.schema.names("Accounts", [name])
            with pytest.raises(InvalidInputError, match="Unknown field"):
                await parts.schema.field("Contacts", f"Account_Name.{name}")
        with pytest.raises(InvalidInputError, match="Unknown field 'email'"):
            await parts.schema.field("Accounts", "Owner.email")
        record = parts.schema.visible("Accounts", {"Phone": "1", "Annual_Revenue": 5, "Fax": "2"})
        assert record == {"Fax": "2"}


async def test_owners_are_found_by_address_or_exact_name(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        everybody = (await parts.api.users("ActiveUsers")).body
        assert isinstance(everybody, dict)
        assert isinstance(everybody["users"], list)
        user = everybody["users"][0]
        assert isinstance(user, dict)
        for given in (user["email"], str(user["email"]).upper(), user["full_name"], user["id"], {"id": user["id"]}):
            values = await parts.schema.check_values("Accounts", {"Owner": given}, creating=False)
            assert values == {"Owner": {"id": user["id"]}}
        with pytest.raises(InvalidInputError, match="No active user has the name or e-mail address 'Nobody'"):
            await parts.schema.check_values("Accounts", {"Owner": "Nobody"}, creating=False)


async def test_lookups_are_found_by_exact_name(simulator: Simulator) -> None:
    name = 'O\'Neil (Söhne), "A\\B" 株式会社'
    async with services(simulator) as parts:
        made = (await parts.api.create("Accounts", [{"Account_Name": name}, {"Account_Name": "Twin"}])).data
        await parts.api.create("Accounts", [{"Account_Name": "Twin"}])
        first = made[0]["details"]
        assert isinstance(first, dict)
        values = await parts.schema.check_values("Contacts", {"Account Name": name}, creating=False)
        assert values == {"Account_Name": {"id": first["id"]}}
        with pytest.raises(InvalidInputError, match=r"2 Accounts are named 'Twin': 'Twin' \(\d+\) or 'Twin' \(\d+\)\."):
            await parts.schema.check_values("Contacts", {"Account_Name": "Twin"}, creating=False)
        with pytest.raises(InvalidInputError, match="No record of Accounts is named 'Nobody Ltd'"):
            await parts.schema.check_values("Contacts", {"Account_Name": "Nobody Ltd"}, creating=False)


async def test_many_records_are_checked_with_few_calls(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        names = [str(row["Account_Name"]) async for row in parts.search.iterate("Accounts", fields=["Account_Name"])]
        before = asked(simulator, "/coql")
        records: list[Record] = [{"Account_Name": name} for name in names]
        records.append({"Account_Name": 5.5})
        checked = await parts.schema.check_many("Contacts", records, creating=False)
        assert asked(simulator, "/coql") - before <= 2
        assert isinstance(checked[-1], InvalidInputError)
        assert all(isinstance(one, dict) for one in checked[:-1])


async def test_a_naive_date_time_is_taken_in_the_time_zone_of_the_user(simulator: Simulator) -> None:
    async with services(simulator) as parts:
        values = await parts.schema.check_values("Events", {"Start_DateTime": "2026-07-01T10:00"}, creating=False)
        assert values == {"Start_DateTime": "2026-07-01T10:00:00+05:30"}


async def test_fields_hidden_from_the_profile_are_not_read_by_default(simulator: Simulator) -> None:
    owner = simulator.state.schema.module("Accounts").field_named("Owner")
    assert owner is not None
    owner.visible = False
    async with services(simulator) as parts:
        assert "Owner" not in await parts.schema.default_fields("Accounts")
        assert await parts.schema.names("Accounts", ["Owner"]) == ["Owner"]
