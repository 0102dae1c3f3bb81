"""What a person is about to type: names of modules, fields, jobs and accounts, at most a hundred at a time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import Completion, PromptReference, ResourceTemplateReference

from support.fakes import answers, server_over, services
from zohocrm_mcp.errors import InvalidInputError, UnavailableError
from zohocrm_mcp.models import ModuleInfo, SearchPage
from zohocrm_mcp.services import Services

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("era", ["auto", "legacy"])]

FIELD = "crm://modules/{module}/fields/{field}"
FLAGS = {"creatable": True, "editable": True, "deletable": True, "custom": True}


def module(name: str) -> ModuleInfo:
    return ModuleInfo(api_name=name, label=name, plural_label=name, **FLAGS)


def named(*names: str, more: bool = False) -> SearchPage:
    records: list[Any] = [{"id": str(number), "Account_Name": name} for number, name in enumerate(names)]
    return SearchPage(records=records, count=len(names), more_records=more, next_cursor="", via="coql", criteria="")


@pytest.fixture
def parts() -> Services:
    fields = {"Accounts": ["Account_Name", "Phone"], "Deals": ["Amount", "Account_Name"]}

    async def fields_of(name: str) -> list[str]:
        if name not in fields:
            raise InvalidInputError(f"Unknown module {name!r}.", hint="list_modules shows the modules.")
        return fields[name]

    many = [module(f"Custom_{number:03}") for number in range(120)]
    jobs = answers(SimpleNamespace(jobs=[SimpleNamespace(job_id="ab-1"), SimpleNamespace(job_id="cd-2")]))
    return services(
        schema=services(modules=answers([module("Accounts"), *many]), fields=fields_of),
        jobs=SimpleNamespace(listeners=[], list=jobs),
        search=services(search=answers(named("Acme", "Acme", "ACME Labs"))),
    )


def template(uri: str) -> ResourceTemplateReference:
    return ResourceTemplateReference(type="ref/resource", uri=uri)


def prompt(name: str) -> PromptReference:
    return PromptReference(type="ref/prompt", name=name)


async def complete(
    parts: Services, era: Any, ref: Any, argument: str, begun: str, known: dict[str, str] | None = None
) -> Completion:
    async with Client(server_over(parts), mode=era) as client:
        return (await client.complete(ref, {"name": argument, "value": begun}, known)).completion


async def refused(
    parts: Services, era: Any, ref: Any, argument: str, begun: str = "", known: dict[str, str] | None = None
) -> MCPError:
    async with Client(server_over(parts), mode=era) as client:
        with pytest.raises(MCPError) as caught:
            await client.complete(ref, {"name": argument, "value": begun}, known)
    return caught.value


async def test_a_hundred_values_are_told_and_how_many_there_are(era: str, parts: Services) -> None:
    found = await complete(parts, era, template("crm://modules/{module}/schema"), "module", "custom")
    assert (len(found.values), found.total, found.has_more) == (100, 120, True)
    assert found.values[0] == "Custom_000"


async def test_all_there_are_is_said_so(era: str, parts: Services) -> None:
    found = await complete(parts, era, template("crm://modules/{module}/schema"), "module", "acc")
    assert (found.values, found.total, found.has_more) == (["Accounts"], 1, False)


async def test_fields_are_those_of_the_module_that_was_chosen_before(era: str, parts: Services) -> None:
    assert (await complete(parts, era, template(FIELD), "field", "a")).values == ["Account_Name"]
    found = await complete(parts, era, template(FIELD), "field", "a", {"module": "Deals"})
    assert found.values == ["Account_Name", "Amount"]


async def test_an_unknown_module_before_a_field_is_the_clients_mistake(era: str, parts: Services) -> None:
    error = await refused(parts, era, template(FIELD), "field", known={"module": "Nope"})
    assert (error.code, error.data["error"]["kind"]) == (-32602, "invalid_input")


async def test_jobs_complete(era: str, parts: Services) -> None:
    assert (await complete(parts, era, template("crm://jobs/{job_id}"), "job_id", "ab")).values == ["ab-1"]


async def test_a_prompt_completes_the_names_of_accounts_once_each(era: str, parts: Services) -> None:
    found = await complete(parts, era, prompt("account_review"), "account", "ac")
    assert (found.values, found.total, found.has_more) == (["ACME Labs", "Acme"], 2, False)


async def test_of_names_that_are_too_many_nobody_says_how_many(era: str) -> None:
    parts = services(search=services(search=answers(named("Acme", more=True))))
    found = await complete(parts, era, prompt("account_review"), "account", "ac")
    assert (found.values, found.total, found.has_more) == (["Acme"], None, True)


async def test_zoho_is_not_asked_for_a_single_letter(era: str) -> None:
    parts = services(search=services(search=answers(AssertionError("it was asked"))))
    found = await complete(parts, era, prompt("account_review"), "account", "a")
    assert (found.values, found.total, found.has_more) == ([], 0, False)


async def test_free_text_has_no_suggestions(era: str, parts: Services) -> None:
    assert (await complete(parts, era, prompt("plan_bulk_update"), "change", "set")).values == []


@pytest.mark.parametrize(
    ("ref", "argument", "told"),
    [
        (template("crm://modules/{modul}/schema"), "modul", "Did you mean crm://modules/{module}/schema?"),
        (template(FIELD), "fields", "Did you mean field?"),
        (template("crm://accounts/schema"), "module", "has no argument module."),
        (prompt("account_review"), "acount", "Did you mean account?"),
    ],
)
async def test_what_is_unknown_is_told_with_what_may_have_been_meant(
    era: str, parts: Services, ref: Any, argument: str, told: str
) -> None:
    error = await refused(parts, era, ref, argument)
    assert error.code == -32602
    assert told in error.message


async def test_an_unknown_prompt_has_no_suggestions(era: str, parts: Services) -> None:
    assert (await complete(parts, era, prompt("nope"), "x", "")).values == []


async def test_what_keeps_zoho_from_answering_is_told(era: str) -> None:
    parts = services(search=services(search=answers(UnavailableError("Zoho does not answer."))))
    error = await refused(parts, era, prompt("account_review"), "account", "acme")
    assert (error.code, error.data["error"]["kind"]) == (-32603, "unavailable")
