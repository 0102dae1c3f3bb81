"""Who is signed in, and what the organisation says of itself."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
import pytest

from live.crm import Crm, opened_crm
from zohocrm_mcp.config import Settings
from zohocrm_mcp.models import Answer

pytestmark = pytest.mark.anyio


def rows(answer: Answer, key: str) -> list[dict[str, Any]]:
    assert isinstance(answer.body, dict)
    found: Any = answer.body[key]
    return list(found)


async def test_one_access_token_serves_one_process_after_the_other(crm: Crm, target: Settings) -> None:
    await crm.api.org()
    held = await anyio.to_thread.run_sync(crm.opened.keeper.current, crm.opened.row.connection)
    async with opened_crm(target, crm.run) as another:
        await another.api.org()
        again = await anyio.to_thread.run_sync(another.opened.keeper.current, another.opened.row.connection)
    assert (again.generation, again.token) == (held.generation, held.token)


async def test_the_organisation_has_an_id_a_name_and_an_edition(crm: Crm) -> None:
    (org,) = rows(await crm.api.org(), "org")
    assert org["zgid"].isdigit()
    assert org["company_name"]
    assert org["license_details"]["paid_type"]


async def test_the_user_who_has_signed_in_is_one_of_all(crm: Crm) -> None:
    (current,) = rows(await crm.api.users("CurrentUser"), "users")
    everybody = rows(await crm.api.users("AllUsers", per_page=200), "users")
    assert "@" in current["email"]
    assert current["id"] in {user["id"] for user in everybody}


async def test_accounts_are_a_module_that_can_be_read_and_written(crm: Crm) -> None:
    by_name = {module["api_name"]: module for module in rows(await crm.api.modules(), "modules")}
    accounts = by_name["Accounts"]
    assert accounts["api_supported"]
    assert all(accounts[right] for right in ("viewable", "creatable", "editable", "deletable"))


async def test_the_fields_of_accounts_have_a_type_and_their_pick_lists_values(crm: Crm) -> None:
    by_name = {field["api_name"]: field for field in rows(await crm.api.fields("Accounts"), "fields")}
    assert by_name["Account_Name"]["data_type"] == "text"
    assert by_name["Account_Name"]["system_mandatory"]
    assert by_name["Owner"]["data_type"] == "ownerlookup"
    assert all(value["actual_value"] for value in by_name["Industry"]["pick_list_values"])


async def test_a_layout_of_accounts_holds_the_name_in_a_section(crm: Crm) -> None:
    layouts = rows(await crm.api.layouts("Accounts"), "layouts")
    fields = [field for section in layouts[0]["sections"] for field in section["fields"]]
    assert "Account_Name" in {field["api_name"] for field in fields}


async def test_the_example_of_the_schema_is_a_valid_account(crm: Crm) -> None:
    schema = await crm.schema.describe("Accounts")
    lookups = {field.api_name for field in schema.fields if field.lookup_module}
    example = {name: value for name, value in (schema.example or {}).items() if name not in lookups}
    created = await crm.records.create("Accounts", {**example, "Account_Name": crm.name("example")})
    crm.made.append(created.record_id)
    assert "Account_Name" in example
    assert set(example) <= set(created.record)
