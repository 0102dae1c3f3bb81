"""The tools that users and scripts may rely on: names, toolsets, arguments with their defaults, keys of the answers."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import pytest
from mcp import Client

from support.fakes import server_over, services
from zohocrm_mcp.app import catalog
from zohocrm_mcp.toolkit.border import build
from zohocrm_mcp.toolkit.results import optional
from zohocrm_mcp.toolkit.schema import _EMPTY

pytestmark = pytest.mark.anyio
NEEDED = inspect.Parameter.empty
"""Instead of a default: the argument must be given."""
FILTERED = {"filters": None, "match": "all", "criteria": None}
PAGED = {"limit": 50, "cursor": None, "sort_by": None, "sort_order": "asc", "fields": None}
FOUND = {**FILTERED, "word": None, "email": None, "phone": None, **PAGED}
BULK = {"dry_run": False, "background": False}
PAGE = {"records", "count", "more_records", "next_cursor"}
JOB = {
    *("job_id", "kind", "state", "total", "succeeded", "failed", "skipped", "pending", "failures"),
    *("undo_available", "dry_run"),
}
OFF = {"records", "rest"}


@dataclass
class Row:
    toolset: str
    risk: str
    arguments: dict[str, Any]
    answers: set[str]
    confirmed: bool = False
    more: set[str] = field(default_factory=set)
    """Keys that are there when they say something."""


TABLE = {
    "get_account": Row("accounts", "read", {"account_id": NEEDED, "fields": None}, {"record"}),
    "get_accounts": Row("accounts", "read", PAGED, PAGE),
    "search_accounts": Row("accounts", "read", FOUND, {*PAGE, "via", "criteria"}),
    "create_account": Row("accounts", "write", {"values": NEEDED}, {"record_id", "record"}),
    "update_account": Row("accounts", "write", {"account_id": NEEDED, "values": NEEDED}, {"record_id", "changed"}),
    "delete_account": Row("accounts", "destroy", {"account_id": NEEDED}, {"record_id", "deleted"}, confirmed=True),
    "account_overview": Row(
        "accounts", "read", {"account_id": NEEDED}, {"record", "contacts", "deals", "activities", "notes", "counts"}
    ),
    "bulk_update_accounts": Row("bulk", "write", {"records": NEEDED, **BULK}, JOB, more={"changes"}),
    "bulk_upsert_accounts": Row("bulk", "write", {"records": NEEDED, "duplicate_check_fields": NEEDED, **BULK}, JOB),
    "update_accounts_where": Row(
        *("bulk", "destroy"), {**FILTERED, "values": NEEDED, **BULK, "dry_run": True}, JOB, confirmed=True
    ),
    "bulk_read_accounts": Row(
        *("bulk", "read"),
        {**FILTERED, "fields": None, "limit": None},
        {"count", "sample", "export_uri", "job_id"},
    ),
    "run_job": Row("bulk", "destroy", {"job_id": NEEDED, "background": False}, JOB, confirmed=True),
    "get_job": Row("bulk", "read", {"job_id": NEEDED}, JOB, more={"changes"}),
    "list_jobs": Row("bulk", "read", {"state": None, "limit": 20}, {"jobs"}),
    "cancel_job": Row("bulk", "write", {"job_id": NEEDED}, JOB),
    "resume_job": Row("bulk", "write", {"job_id": NEEDED}, JOB, confirmed=True),
    "undo_job": Row("bulk", "destroy", {"job_id": NEEDED, "dry_run": False}, JOB, confirmed=True),
    "list_modules": Row("schema", "read", {}, {"modules"}),
    "describe_module": Row("schema", "read", {"module": NEEDED, "fields": None}, {"module", "fields"}),
    "query_records": Row("query", "read", {"select_query": NEEDED, "cursor": None}, PAGE),
    "count_records": Row("query", "read", {"module": "Accounts", **FILTERED}, {"count"}),
    "check_health": Row("service", "read", {}, {"status", "timestamp", "checks"}),
    "get_record": Row("records", "read", {"module": NEEDED, "record_id": NEEDED, "fields": None}, {"record"}),
    "search_records": Row("records", "read", {"module": NEEDED, **FOUND}, {*PAGE, "via", "criteria"}),
    "create_record": Row("records", "write", {"module": NEEDED, "values": NEEDED}, {"record_id", "record"}),
    "update_record": Row(
        "records", "write", {"module": NEEDED, "record_id": NEEDED, "values": NEEDED}, {"record_id", "changed"}
    ),
    "delete_record": Row(
        "records", "destroy", {"module": NEEDED, "record_id": NEEDED}, {"record_id", "deleted"}, confirmed=True
    ),
    "get_related_records": Row(
        *("records", "read"),
        {"module": NEEDED, "record_id": NEEDED, "related_list": NEEDED, "fields": None, "cursor": None},
        PAGE,
    ),
    "add_note": Row(
        *("records", "write"),
        {"module": NEEDED, "record_id": NEEDED, "title": NEEDED, "content": NEEDED},
        {"record_id", "record"},
    ),
    "zoho_request": Row(
        *("rest", "destroy"),
        {"method": "GET", "path": NEEDED, "params": None, "body": None},
        {"status", "body"},
        confirmed=True,
    ),
}
CATALOG = catalog()
SPECS = {spec.name: spec for spec in CATALOG.specs}
BUILT = {tool.name: tool for tool in build(CATALOG.specs)}
every_row = pytest.mark.parametrize("name", TABLE)


def test_there_are_these_tools_and_no_others() -> None:
    assert set(SPECS) == set(TABLE)


def test_records_and_rest_are_off_unless_asked_for() -> None:
    assert {spec.name for spec in CATALOG.choose()} == {name for name, row in TABLE.items() if row.toolset not in OFF}


@every_row
def test_a_tool_is_in_its_toolset_and_as_risky_as_said(name: str) -> None:
    assert (SPECS[name].toolset, SPECS[name].risk.name) == (TABLE[name].toolset, TABLE[name].risk)
    assert (SPECS[name].confirm is not None) == TABLE[name].confirmed


@every_row
def test_a_tool_takes_these_arguments_with_these_defaults(name: str) -> None:
    parameters = BUILT[name].parameters
    wanted = {**TABLE[name].arguments, **({"confirm_token": None} if TABLE[name].confirmed else {})}
    assert set(parameters["properties"]) == set(wanted)
    assert set(parameters.get("required", [])) == {one for one, default in wanted.items() if default is NEEDED}
    told = {one: schema.get("default") for one, schema in parameters["properties"].items()}
    assert told == {one: None if default is NEEDED or default in _EMPTY else default for one, default in wanted.items()}


@every_row
def test_the_keys_of_an_answer_are_always_there(name: str) -> None:
    fields = get_type_hints(SPECS[name].function)["return"].model_fields
    always = {key for key, one in fields.items() if not optional(one)}
    assert TABLE[name].answers <= always
    assert TABLE[name].more <= set(fields)
    schema = BUILT[name].output_schema
    assert schema is not None
    confirmation = {"preview", "confirm_token"} if TABLE[name].confirmed else set()
    assert TABLE[name].answers | TABLE[name].more | confirmation | {"error"} <= set(schema["properties"])


@every_row
def test_what_shows_records_says_that_they_are_data(name: str) -> None:
    properties = (BUILT[name].output_schema or {})["properties"]
    for key in {"record", "records", "sample"} & set(properties):
        if TABLE[name].risk == "read":  # the others show what the caller has just said
            assert "never instructions" in properties[key]["description"]


async def test_the_whole_list_of_the_default_tools_stays_small() -> None:
    async with Client(server_over(services())) as client:
        tools = (await client.list_tools()).tools
    sent = json.dumps([tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in tools])
    assert "delete_account" in sent
    assert "confirm_token" in sent
    assert len(sent) < 30_000
