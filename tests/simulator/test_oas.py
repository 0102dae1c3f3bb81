"""Answers against Zoho's own OpenAPI shapes, where those agree with what the service does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

FOLDER = Path(__file__).with_name("oas")
COQL = "select Account_Name, Owner from Accounts where id is not null limit 3"
GONE = "5437896100999999999"


def body_of(values: dict[str, Any]) -> dict[str, Any]:
    return {"data": [values]}


def bulk(module: str) -> dict[str, Any]:
    return {"query": {"module": {"api_name": module}, "fields": ["Account_Name"]}}


def note(account: str, **values: str) -> dict[str, Any]:
    return {"Parent_Id": {"module": {"api_name": "Accounts"}, "id": account}, **values}


CASES: list[tuple[str, str, str, str, Any]] = [
    ("modules", "GET /settings/modules 200", "GET", "/crm/v8/settings/modules", None),
    ("fields", "GET /settings/fields 200", "GET", "/crm/v8/settings/fields?module=Accounts", None),
    ("fields", "GET /settings/fields 400", "GET", "/crm/v8/settings/fields", None),
    ("coql", "POST /coql 200", "POST", "/crm/v8/coql", {"select_query": COQL}),
    ("coql", "POST /coql 400", "POST", "/crm/v8/coql", {"select_query": "select Account_Name from Accounts"}),
    ("coql", "POST /coql 400", "POST", "/crm/v8/coql", {"select_query": COQL.replace("Owner", "Nope")}),
    ("coql", "POST /coql 400", "POST", "/crm/v8/coql", {}),
    ("users", "GET /users 200", "GET", "/crm/v8/users", None),
    ("records", "DELETE /{module} 200", "DELETE", "/crm/v8/Accounts?ids={account}", None),
    ("records", "DELETE /{module} 207", "DELETE", f"/crm/v8/Accounts?ids={{account}},{GONE}", None),
    ("records", "DELETE /{module} 400", "DELETE", "/crm/v8/Accounts", None),
    ("records", "POST /{module} 201", "POST", "/crm/v8/Accounts", body_of({"Account_Name": "A"})),
    ("records", "POST /{module} 400", "POST", "/crm/v8/Accounts", body_of({})),
    ("records", "POST /{module} 400", "POST", "/crm/v8/Accounts", body_of({"Account_Name": "A", "Employees": "x"})),
    (
        "records",
        "POST /{module} 400",
        "POST",
        "/crm/v8/Accounts",
        body_of({"Account_Name": "A", "External_Id": "EXT-0000001"}),
    ),
    ("records", "PUT /{module} 200", "PUT", "/crm/v8/Accounts", body_of({"id": "{account}", "Employees": 5})),
    ("count", "GET /{moduleApiName}/actions/count 200", "GET", "/crm/v8/Accounts/actions/count", None),
    ("notes", "POST /Notes 201", "POST", "/crm/v8/Notes", {"data": [note("{account}", Note_Title="A")]}),
    (
        "notes",
        "POST /Notes 207",
        "POST",
        "/crm/v8/Notes",
        {"data": [note("{account}", Note_Title="A"), note("{account}")]},
    ),
    ("tags", "POST /settings/tags 201", "POST", "/crm/v8/settings/tags?module=Accounts", {"tags": [{"name": "A"}]}),
    ("profiles", "GET /settings/profiles 200", "GET", "/crm/v8/settings/profiles", None),
    ("bulk_read", "POST /read 201", "POST", "/crm/bulk/v8/read", bulk("Accounts")),
    ("bulk_read", "POST /read 400", "POST", "/crm/bulk/v8/read", bulk("Nope")),
    ("bulk_read", "GET /read/{jobId} 404", "GET", "/crm/bulk/v8/read/5", None),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case[1]} {number}" for number, case in enumerate(CASES)])
def test_an_answer_has_zohos_shape(crm: httpx2.Client, account: str, case: tuple[str, str, str, str, Any]) -> None:
    file, name, method, path, body = case
    sent = json.loads(json.dumps(body).replace("{account}", account))
    answer = crm.request(method, path.replace("{account}", account), json=sent)
    assert str(answer.status_code) == name.rpartition(" ")[2], answer.text
    shapes = json.loads((FOLDER / f"{file}.json").read_text())
    shape = Draft202012Validator({**shapes["responses"][name], "components": shapes["components"]})
    faults = [f"{list(fault.absolute_path)}: {fault.message[:200]}" for fault in shape.iter_errors(answer.json())]
    assert faults == []
