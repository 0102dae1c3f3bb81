"""What a hostile caller sends: texts that stop the others, that no database holds, and a look at what is another's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, MCPError
from prometheus_client.parser import text_string_to_metric_families

from support.clients import call, first_account
from support.posting import tool
from support.tenants import Companies, Server, Wire, both_companies  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("http_attacks")]

NUL, HALF = "a\0b", "a\ud800b"


@pytest.fixture(scope="module")
def tokens(both: Companies) -> dict[str, str]:
    return {company: both.token(f"of-{company}", company) for company in both.simulators}


@pytest.fixture(scope="module")
def server(both: Companies, tokens: dict[str, str]) -> Iterator[Server]:
    assert tokens
    with both.serving("--toolsets", "accounts,bulk,schema,query,service,records") as running:
        yield running


async def test_the_numbers_of_anothers_connection_are_not_told(server: Server, tokens: dict[str, str]) -> None:
    for token in tokens.values():
        async with server.client(token) as client:
            await call(client, "get_accounts", limit=1)
    for company, token in tokens.items():
        page = httpx2.get(f"{server.root}/metrics", headers={"Authorization": f"Bearer {token}"})
        samples = [one for family in text_string_to_metric_families(page.text) for one in family.samples]
        assert {one.labels["connection"] for one in samples if "connection" in one.labels} == {company}
        assert any(one.name == "zohocrm_mcp_build_info" for one in samples)


@pytest.mark.parametrize("text", [NUL, HALF])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("update_account", {"values": {"Description": "{}"}}),
        ("create_account", {"values": {"Account_Name": "{}"}}),
        ("bulk_update_accounts", {"records": [{"id": "1", "Description": "{}"}]}),
        ("bulk_upsert_accounts", {"records": [{"Account_Name": "{}"}], "duplicate_check_fields": ["Account_Name"]}),
        ("update_accounts_where", {"criteria": "(Account_Name:equals:{})", "values": {"Phone": "+1 555 0100"}}),
        ("bulk_read_accounts", {"criteria": "(Account_Name:equals:{})"}),
        ("search_accounts", {"word": "{}"}),
        ("query_records", {"select_query": "select id from Accounts where Account_Name = '{}'"}),
        ("describe_module", {"module": "{}"}),
        ("list_jobs", {"{}": 1}),
    ],
)
async def test_a_text_that_no_record_holds_is_a_mistake_of_the_caller(
    both: Companies, server: Server, tokens: dict[str, str], name: str, arguments: dict[str, Any], text: str
) -> None:
    before = len(both.simulators["acme"].requests)
    given = {**({"account_id": "1"} if name == "update_account" else {}), **arguments}
    for whole in (filled(given, text), in_texts(filled(given, text))):
        error = error_of(server, tokens["acme"], name, whole)
        assert error["kind"] == "invalid_input"
        assert "crashed" not in error["message"]
    assert not [one for one in both.simulators["acme"].requests[before:] if one.method != "GET"]


@pytest.mark.parametrize("most", [101, 20_000])
@pytest.mark.parametrize("condition", ["Account_Name:equals:x", "Account_Name is not null"])
async def test_brackets_without_end_are_a_mistake_of_the_caller(
    server: Server, tokens: dict[str, str], condition: str, most: int
) -> None:
    async with server.client(tokens["acme"]) as client:
        deep = await call(client, "search_accounts", criteria=f"{'(' * most}{condition}{')' * most}")
        fine = await call(client, "search_accounts", criteria=f"{'(' * 100}{condition}{')' * 100}")
    assert "nested too deep" in deep["error"]["message"]
    assert "error" not in fine


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search_accounts", {"criteria": "a:" + " " * 50_000}),
        ("search_accounts", {"criteria": "a:" + "b " * 25_000}),
        ("describe_module", {"module": "eyJ-" * 200_000}),
        ("get_accounts", {"fields": ["U" * 2_000_000]}),
        ("query_records", {"select_query": "select " + "Account_Name," * 100_000 + "id from Accounts"}),
        ("get_account", {f"k{number}": 1 for number in range(100_000)}),
        ("create_account", {"values": {"Industry": "Retial" * 500_000}}),
        ("get_related_records", {"module": "Accounts", "record_id": "1", "related_list": "Notse" * 500_000}),
        ("create_account", {"values": {f"Unkown_{number}": 1 for number in range(100_000)}}),
    ],
)
async def test_what_takes_long_to_read_is_refused_and_not_read(
    server: Server, tokens: dict[str, str], name: str, arguments: dict[str, Any]
) -> None:
    error = error_of(server, tokens["acme"], name, arguments)
    assert error["kind"] == "invalid_input"
    assert len(json.dumps(error)) < 10_000


async def test_no_value_of_a_record_stands_in_the_log(server: Server, tokens: dict[str, str]) -> None:
    async with server.client(tokens["acme"]) as client:
        account = await first_account(client)
        refused = await call(client, "update_account", account_id=account, values={"Industry": "Confidentissimo"})
        await call(client, "update_account", account_id=account, values={"Employees": "Confidentissimo"})
        await call(client, "search_accounts", criteria="Account_Name = Confidentissimo")
    assert "Confidentissimo" in refused["error"]["message"]
    line = json.loads(server.child.error_line(refused["error"]["call_id"]))
    assert (line["event"], line["kind"]) == ("tool refused", "invalid_input")
    assert "Confidentissimo" not in line_of(server)


async def test_a_stream_has_no_head_alone(server: Server, tokens: dict[str, str]) -> None:
    answer = httpx2.head(f"{server.root}/sse", headers={"Authorization": f"Bearer {tokens['acme']}"})
    assert answer.status_code == 405
    assert "Traceback" not in line_of(server)


@pytest.mark.parametrize("wire", ["legacy", "sse"])
@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_a_session_that_follows_without_end_is_refused(
    server: Server, tokens: dict[str, str], wire: Wire
) -> None:
    async with server.client(tokens["acme"], wire) as client:
        with pytest.raises(MCPError, match="200 characters"):
            await client.subscribe_resource(f"crm://jobs/{'x' * 200}")
        for number in range(1_000):
            await client.subscribe_resource(f"crm://jobs/{number}")
        with pytest.raises(MCPError, match="can follow 1,000"):
            await client.subscribe_resource("crm://jobs/1000")
        await client.subscribe_resource("crm://jobs/1")
        await client.unsubscribe_resource("crm://jobs/1")
        await client.subscribe_resource("crm://jobs/1000")


async def test_two_who_run_a_plan_at_once_run_it_once_and_one_is_told_how_far_it_is(
    both: Companies, server: Server, tokens: dict[str, str]
) -> None:
    answers: list[dict[str, Any]] = []

    async def run(client: Client, job_id: str) -> None:
        answers.append(await call(client, "run_job", job_id=job_id))

    async with server.client(tokens["acme"]) as client:
        record = {"id": await first_account(client), "Phone": "+1 555 0199"}
        plan = await call(client, "bulk_update_accounts", records=[record], dry_run=True)
        sent = len([one for one in both.simulators["acme"].requests if one.method == "PUT"])
        async with anyio.create_task_group() as group:
            group.start_soon(run, client, plan["job_id"])
            group.start_soon(run, client, plan["job_id"])
    (refused,) = [one["error"] for one in answers if "error" in one]
    assert refused["kind"] == "conflict"
    assert "is planned" not in refused["message"]
    assert len([one for one in both.simulators["acme"].requests if one.method == "PUT"]) == sent + 1


def error_of(server: Server, token: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call by hand: no client sends half a character."""
    request = tool(name, **arguments)
    headers = {**request["headers"], "Authorization": f"Bearer {token}"}
    answer = httpx2.post(server.url, content=json.dumps(request["json"]), headers=headers, timeout=30)
    error: dict[str, Any] = answer.json()["result"]["structuredContent"]["error"]
    return error


def filled(value: Any, text: str) -> Any:
    """``value`` with ``text`` where it has ``{}``."""
    if isinstance(value, dict):
        return {filled(key, text): filled(one, text) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, text) for one in value]
    return value.replace("{}", text) if isinstance(value, str) else value


def in_texts(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same with lists and objects as texts of JSON, which models send."""
    return {key: json.dumps(one) if isinstance(one, dict | list) else one for key, one in arguments.items()}


def line_of(server: Server) -> str:
    """What stands on stderr so far."""
    return b"".join(server.child._errors).decode()
