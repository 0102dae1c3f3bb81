"""What a client can read, and how wrong reads are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import ResourceTemplateReference, TextResourceContents

from support.fakes import answers, server_over, services
from zohocrm_mcp.errors import InvalidInputError, NotFoundError, UnavailableError
from zohocrm_mcp.models import FieldInfo, ModuleInfo, ModuleSchema, RecordResult
from zohocrm_mcp.services import Services

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("era", ["auto", "legacy"])]

NAME = FieldInfo(api_name="Account_Name", label="Account Name", type="text", required=True, max_length=200)
STATUS = FieldInfo(api_name="Account_Status", label="State", type="picklist", picklist=["Active", "Gone"])
SCORE = FieldInfo(api_name="Score", label="Score", type="formula", read_only=True)
FIELDS = [NAME, STATUS, SCORE]
SCHEMA = ModuleSchema(module="Accounts", fields=FIELDS, required=["Account_Name"], example={"Account_Name": "A"})


def module(name: str) -> ModuleInfo:
    return ModuleInfo(
        api_name=name, label=name, plural_label=name, creatable=True, editable=True, deletable=False, custom=False
    )


@pytest.fixture
def parts() -> Services:
    async def describe(module: str, fields: list[str] | None = None) -> ModuleSchema:
        if module != "Accounts":
            raise InvalidInputError(f"Unknown module {module!r}.", hint="list_modules shows the modules.")
        return SCHEMA.model_copy(update={"fields": [STATUS]}) if fields else SCHEMA

    schema = services(
        describe=describe,
        modules=answers([module("Accounts"), module("Contacts")]),
        fields=answers({one.api_name: one for one in FIELDS}),
    )
    records = services(get=answers(RecordResult(record={"id": "1", "Account_Name": "A"})))
    return services(schema=schema, records=records)


async def read(parts: Services, era: Any, uri: str) -> Any:
    async with Client(server_over(parts), mode=era) as client:
        (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    return json.loads(content.text)


async def refused(parts: Services, era: Any, uri: str) -> MCPError:
    async with Client(server_over(parts), mode=era) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
    return caught.value


async def test_the_account_schema_says_what_may_be_written_and_nothing_that_goes_without_saying(
    era: str, parts: Services
) -> None:
    schema = await read(parts, era, "crm://accounts/schema")
    assert schema["required"] == ["Account_Name"]
    assert schema["fields"] == {
        "Account_Name": {"type": "text", "required": True, "max_length": 200},
        "Account_Status": {"label": "State", "type": "picklist", "picklist": ["Active", "Gone"]},
    }
    assert schema["read_only"] == {"Score": "formula"}
    assert schema["example"] == {"Account_Name": "A"}


async def test_any_module_has_the_same_document(era: str, parts: Services) -> None:
    assert await read(parts, era, "crm://modules/Accounts/schema") == await read(parts, era, "crm://accounts/schema")


async def test_modules_say_what_may_not_be_done(era: str, parts: Services) -> None:
    assert await read(parts, era, "crm://modules") == {
        "modules": [
            {"api_name": "Accounts", "label": "Accounts", "not": ["deletable"]},
            {"api_name": "Contacts", "label": "Contacts", "not": ["deletable"]},
        ]
    }


async def test_one_field_and_one_account_can_be_read(era: str, parts: Services) -> None:
    assert (await read(parts, era, "crm://modules/Accounts/fields/State"))["picklist"] == ["Active", "Gone"]
    assert await read(parts, era, "crm://accounts/1") == {"record": {"id": "1", "Account_Name": "A"}}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFoundError("There is no record 2 in Accounts."), -32602),
        (UnavailableError("Zoho does not answer."), -32603),
    ],
)
async def test_an_error_keeps_its_sentences_and_its_structure(era: str, error: Any, code: int) -> None:
    told = await refused(services(records=services(get=answers(error))), era, "crm://accounts/2")
    assert (told.code, told.message) == (code, f"{error.message} {error.hint}")
    assert told.data == {"error": {**error.as_dict(), "call_id": told.data["error"]["call_id"]}}


async def test_a_crash_is_told_without_its_text(era: str) -> None:
    told = await refused(services(records=services(get=answers(RuntimeError("secret")))), era, "crm://accounts/2")
    assert told.code == -32603
    assert "secret" not in told.message


async def test_an_unknown_resource_is_a_mistake_of_the_client(era: str, parts: Services) -> None:
    assert (await refused(parts, era, "crm://nowhere")).code == -32602


@pytest.mark.parametrize(
    ("template", "argument", "begun", "expected"),
    [
        ("crm://modules/{module}/schema", "module", "", ["Accounts", "Contacts"]),
        ("crm://modules/{module}/schema", "module", "con", ["Contacts"]),
        ("crm://modules/{module}/fields/{field}", "field", "account", ["Account_Name", "Account_Status"]),
        ("crm://accounts/{account_id}", "account_id", "1", []),
    ],
)
async def test_modules_and_fields_complete(
    era: Any, parts: Services, template: str, argument: str, begun: str, expected: list[str]
) -> None:
    ref = ResourceTemplateReference(type="ref/resource", uri=template)
    async with Client(server_over(parts), mode=era) as client:
        found = await client.complete(ref, {"name": argument, "value": begun}, {"module": "Accounts"})
    assert found.completion.values == expected


@pytest.mark.parametrize(("uri", "ttl"), [("crm://accounts/schema", 60_000), ("crm://accounts/1", 0)])
async def test_the_schema_may_be_kept_for_a_while_and_records_may_not(
    era: Any, parts: Services, uri: str, ttl: int
) -> None:
    async with Client(server_over(parts), mode=era) as client:
        result = await client.read_resource(uri)
    assert result.ttl_ms == (ttl if era == "auto" else 0)
    assert result.cache_scope == "private"


async def test_every_resource_of_the_contract_is_listed(era: Any, parts: Services) -> None:
    async with Client(server_over(parts), mode=era) as client:
        listed = {resource.uri for resource in (await client.list_resources()).resources}
        templates = {one.uri_template for one in (await client.list_resource_templates()).resource_templates}
    assert {"crm://modules", "crm://accounts/schema", "crm://limits"} <= listed
    assert {
        "crm://modules/{module}/schema",
        "crm://modules/{module}/fields/{field}",
        "crm://accounts/{account_id}",
        "crm://exports/{export_id}",
    } <= templates
