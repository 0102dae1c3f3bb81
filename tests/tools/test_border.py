"""Results and faults as a client sees them, on both eras of the protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import CallToolResult, TextContent
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from support.fakes import answers, server_over, services
from zohocrm_mcp.errors import ZohoError, ZohoRateLimitError
from zohocrm_mcp.models import Change, Failure, Job, Record, RecordResult, Updated
from zohocrm_mcp.services import Services

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("era", ["auto", "legacy"])]

ACCOUNT = "6470331000000400001"


async def called(parts: Services, era: Any, tool: str, arguments: dict[str, Any]) -> CallToolResult:
    async with Client(server_over(parts), mode=era) as client:
        return await client.call_tool(tool, arguments)


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def error_of(result: CallToolResult) -> dict[str, Any]:
    assert result.is_error
    assert result.structured_content is not None
    error: dict[str, Any] = result.structured_content["error"]
    return error


async def test_text_and_structure_say_the_same_and_the_text_is_compact(era: str) -> None:
    record: Record = {"id": ACCOUNT, "Account_Name": "Söhne 株式会社", "Owner": {"id": "1", "name": "Ada"}}
    parts = services(records=services(get=answers(RecordResult(record=record))))
    result = await called(parts, era, "get_account", {"account_id": ACCOUNT})
    assert result.structured_content == {"record": record}
    assert text_of(result) == json.dumps({"record": record}, ensure_ascii=False, separators=(",", ":"))


async def test_an_empty_before_is_null_and_not_missing(era: str) -> None:
    updated = Updated(record_id=ACCOUNT, changed={"Phone": Change(before=None, after="1")})
    parts = services(records=services(update=answers(updated)))
    result = await called(parts, era, "update_account", {"account_id": ACCOUNT, "values": {"Phone": "1"}})
    assert result.structured_content == {"record_id": ACCOUNT, "changed": {"Phone": {"before": None, "after": "1"}}}
    assert json.loads(text_of(result)) == result.structured_content


async def test_optional_keys_of_a_failure_are_left_out_when_empty(era: str) -> None:
    failure = Failure(record_id=ACCOUNT, code="INVALID_DATA", message="No.")
    parts = services(bulk=services(update=answers(job().model_copy(update={"failures": [failure]}))))
    result = await called(parts, era, "bulk_update_accounts", {"records": [{"id": ACCOUNT}]})
    assert result.structured_content is not None
    assert result.structured_content["failures"] == [{"record_id": ACCOUNT, "code": "INVALID_DATA", "message": "No."}]


async def test_an_error_of_ours_is_two_sentences_and_a_structure(era: str) -> None:
    parts = services(records=services(get=answers(ZohoRateLimitError("Too many calls.", retry_after=12))))
    with capture_logs([merge_contextvars]) as logs:
        result = await called(parts, era, "get_account", {"account_id": ACCOUNT})
    (refused,) = [entry for entry in logs if entry["event"] == "tool refused"]
    assert error_of(result) == {
        "call_id": refused["call_id"],
        "kind": "rate_limited",
        "message": "Too many calls.",
        "hint": "Wait, then call again; smaller and fewer calls help.",
        "retry_after_seconds": 12,
    }
    assert text_of(result) == "Too many calls. Wait, then call again; smaller and fewer calls help."


async def test_a_crash_shows_a_call_id_that_stands_in_the_log_and_nothing_else(era: str) -> None:
    parts = services(records=services(get=answers(RuntimeError("secret at /etc/passwd"))))
    with capture_logs() as logs:
        result = await called(parts, era, "get_account", {"account_id": ACCOUNT})
    error = error_of(result)
    assert error["kind"] == "internal"
    assert error["call_id"] in error["hint"]
    assert "secret" not in text_of(result)
    assert "Traceback" not in text_of(result)
    (crash,) = [entry for entry in logs if entry["event"] == "tool crashed"]
    assert isinstance(crash["exc_info"], RuntimeError)


async def test_an_internal_error_of_ours_keeps_its_sentence_and_gets_a_call_id(era: str) -> None:
    parts = services(records=services(get=answers(ZohoError("Zoho answered a riddle.", code="RIDDLE"))))
    error = error_of(await called(parts, era, "get_account", {"account_id": ACCOUNT}))
    assert error["message"] == "Zoho answered a riddle."
    assert error["code"] == "RIDDLE"
    assert error["call_id"] in error["hint"]


async def test_a_result_that_breaks_its_own_model_is_a_crash(era: str) -> None:
    parts = services(records=services(get=answers("no record")))
    assert error_of(await called(parts, era, "get_account", {"account_id": ACCOUNT}))["kind"] == "internal"


async def test_a_number_is_taken_for_an_id(era: str) -> None:
    seen: list[object] = []

    async def get(_module: str, record_id: str, _fields: object) -> RecordResult:
        seen.append(record_id)
        return RecordResult(record={})

    await called(services(records=services(get=get)), era, "get_account", {"account_id": int(ACCOUNT)})
    assert seen == [ACCOUNT]


async def test_names_given_as_one_text_are_taken_apart(era: str) -> None:
    seen: list[object] = []

    async def get(_module: str, _record_id: str, fields: object) -> RecordResult:
        seen.append(fields)
        return RecordResult(record={})

    parts = services(records=services(get=get))
    await called(parts, era, "get_account", {"account_id": ACCOUNT, "fields": "Phone, Account Name"})
    assert seen == [("Phone", "Account Name")]


@pytest.mark.parametrize(
    ("tool", "arguments", "sentence"),
    [
        ("get_account", {}, "Argument 'account_id' of get_account is missing."),
        (
            "get_account",
            {"account_id": "1", "fieldz": []},
            "Unknown argument 'fieldz' of get_account. Did you mean fields?",
        ),
        ("check_health", {"xyzzy": 1}, "Unknown argument 'xyzzy' of check_health."),
        ("get_accounts", {"limit": 201}, "Argument 'limit' of get_accounts must be at most 200, not 201."),
        ("get_accounts", {"limit": 0}, "Argument 'limit' of get_accounts must be at least 1, not 0."),
        ("get_accounts", {"limit": "many"}, "Argument 'limit' of get_accounts must be a whole number, not 'many'."),
        (
            "get_accounts",
            {"sort_order": "up"},
            "Argument 'sort_order' of get_accounts must be one of 'asc' or 'desc', not 'up'.",
        ),
        (
            "get_account",
            {"account_id": "abc"},
            "Argument 'account_id' of get_account must be a record id (up to 20 digits), not 'abc'.",
        ),
        ("update_account", {"account_id": "1", "values": "x"}, "Argument 'values' of update_account must be an object"),
        ("bulk_update_accounts", {"records": 5}, "Argument 'records' of bulk_update_accounts must be a list, not 5."),
        ("search_accounts", {"filters": [{"field": "A"}]}, "Argument 'filters[0].op' of search_accounts is missing."),
    ],
)
async def test_wrong_arguments_are_told_in_our_own_words(
    era: str, tool: str, arguments: dict[str, Any], sentence: str
) -> None:
    error = error_of(await called(services(), era, tool, arguments))
    assert error["kind"] == "invalid_input"
    assert error["message"].startswith(sentence)
    assert "pydantic" not in error["message"]


async def test_a_long_wrong_value_is_not_echoed(era: str) -> None:
    result = await called(services(), era, "get_account", {"account_id": "z" * 500})
    assert "zzz" not in text_of(result)


async def test_only_the_first_wrong_arguments_are_told_and_the_rest_counted(era: str) -> None:
    wrong = {f"wrong{number}": 1 for number in range(5)}
    error = error_of(await called(services(), era, "list_modules", wrong))
    assert error["message"].count("Unknown argument") == 3
    assert error["message"].endswith("2 more arguments are wrong.")
    assert error["field"] == "wrong0"


async def test_an_unknown_tool_is_a_mistake_of_the_client(era: Any) -> None:
    async with Client(server_over(services()), mode=era) as client:
        with pytest.raises(MCPError, match=r"Unknown tool: get_acount\. Did you mean get_account\?") as caught:
            await client.call_tool("get_acount", {})
    assert caught.value.code == -32602


async def test_a_read_only_server_neither_lists_nor_calls_what_writes(era: Any) -> None:
    async with Client(server_over(services(), read_only=True), mode=era) as client:
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in (await client.list_tools()).tools)
        with pytest.raises(MCPError, match="ZOHO_MCP_READ_ONLY") as caught:
            await client.call_tool("update_account", {"account_id": "1", "values": {}})
    assert caught.value.code == -32602


async def test_only_the_toolsets_asked_for_are_served(era: Any) -> None:
    async with Client(server_over(services(), toolsets="schema"), mode=era) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
    assert sorted(names) == ["describe_module", "list_modules"]


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("account_reviw", {}, "Unknown prompt: account_reviw. Did you mean account_review?"),
        ("account_review", {}, "Prompt account_review needs the argument account."),
        (
            "account_review",
            {"account": "A", "acount": "B"},
            "Prompt account_review has no argument acount. Did you mean account?",
        ),
    ],
)
async def test_wrong_prompts_are_mistakes_of_the_client(
    era: Any, name: str, arguments: dict[str, str], sentence: str
) -> None:
    async with Client(server_over(services()), mode=era) as client:
        with pytest.raises(MCPError) as caught:
            await client.get_prompt(name, arguments)
    assert (caught.value.code, caught.value.message) == (-32602, sentence)


async def test_progress_reaches_the_client(era: Any) -> None:
    heard: list[tuple[float, float | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert message
        heard.append((progress, total))

    async def update(_module: str, _records: object, *, progress: Any, **_more: object) -> Job:
        await progress(1, 2)
        await progress(2, 2)
        return job()

    async with Client(server_over(services(bulk=services(update=update))), mode=era) as client:
        await client.call_tool("bulk_update_accounts", {"records": [{"id": "1"}]}, progress_callback=hear)
    assert heard == [(1, 2), (2, 2)]


def job() -> Job:
    return Job(
        job_id="j",
        kind="update",
        state="succeeded",
        total=0,
        succeeded=0,
        failed=0,
        skipped=0,
        pending=0,
        failures=[],
        undo_available=False,
        dry_run=False,
    )
