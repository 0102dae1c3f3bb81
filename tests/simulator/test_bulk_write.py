"""Uploads and bulk write jobs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

Until = Callable[[Callable[[], bool]], None]
HEADERS = {"feature": "bulk-write", "X-CRM-ORG": "690004321"}
Load = Callable[..., dict[str, Any]]


def zipped(*rows: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("accounts.csv", "\n".join(rows) + "\n")
    return out.getvalue()


def upload(crm: httpx2.Client, content: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
    files = {"file": ("accounts.zip", content, "application/zip")}
    return crm.post("/crm/v8/upload", files=files, headers=HEADERS if headers is None else headers)


def job_body(file: str, operation: str, names: list[str], **more: object) -> dict[str, Any]:
    mappings = [{"api_name": name, "index": index} for index, name in enumerate(names)]
    resource = {"type": "data", "module": {"api_name": "Accounts"}, "file_id": file, "field_mappings": mappings}
    return {"operation": operation, "resource": [{**resource, **more}]}


@pytest.fixture
def load(crm: httpx2.Client, until: Until) -> Load:
    """Writes rows and waits; the job's details, with the rows of its result under ``rows``."""

    def run(operation: str, rows: list[str], **more: object) -> dict[str, Any]:
        file_id = upload(crm, zipped(*rows)).json()["details"]["file_id"]
        answer = crm.post("/crm/bulk/v8/write", json=job_body(file_id, operation, rows[0].split(","), **more))
        assert answer.status_code == 201, answer.text
        job = answer.json()["details"]["id"]
        until(lambda: bool(crm.get(f"/crm/bulk/v8/write/{job}").json()["status"] == "COMPLETED"))
        details: dict[str, Any] = crm.get(f"/crm/bulk/v8/write/{job}").json()
        archive = zipfile.ZipFile(io.BytesIO(crm.get(details["result"]["download_url"]).content))
        text = archive.read(archive.namelist()[0]).decode()
        return {**details, "rows": list(csv.DictReader(io.StringIO(text)))}

    return run


def test_an_upload_gives_a_file_id(crm: httpx2.Client) -> None:
    body = upload(crm, zipped("Account_Name", "A")).json()
    assert (body["code"], body["message"], body["status"]) == ("FILE_UPLOAD_SUCCESS", "file uploaded.", "success")
    assert set(body["details"]) == {"file_id", "created_time"}


@pytest.mark.parametrize(
    ("headers", "content", "message"),
    [
        ({"X-CRM-ORG": "690004321"}, b"", "Required key feature is not available"),
        ({"feature": "bulk-write", "X-CRM-ORG": "1"}, b"", "Invalid data - x-crm-org"),
        (HEADERS, b"no zip", "invalid file format. only zip format is supported"),
    ],
)
def test_a_wrong_upload_is_refused(crm: httpx2.Client, headers: dict[str, str], content: bytes, message: str) -> None:
    answer = upload(crm, content or zipped("a"), headers)
    assert answer.status_code == 400
    assert answer.json()["message"] == message


def test_rows_are_inserted_each_with_its_outcome(crm: httpx2.Client, load: Load) -> None:
    done = load("insert", ["Account_Name,Health_Score,Newsletter", "Bulk A,4,true", "Bulk B,high,false", ",3,true"])
    counts = done["resource"][0]["file"]
    assert (counts["added_count"], counts["skipped_count"], counts["total_count"]) == (1, 2, 3)
    assert [(row["STATUS"], row["ERRORS"]) for row in done["rows"]] == [
        ("ADDED", ""),
        ("SKIPPED", "INVALID_DATA:Health_Score"),
        ("SKIPPED", "MANDATORY_NOT_FOUND:Account_Name"),
    ]
    record = crm.get(f"/crm/v8/Accounts/{done['rows'][0]['RECORD_ID']}").json()["data"][0]
    assert (record["Account_Name"], record["Health_Score"], record["Newsletter"]) == ("Bulk A", 4, True)


def test_rows_are_updated_by_id(crm: httpx2.Client, accounts: list[dict[str, Any]], load: Load) -> None:
    ids = [record["id"] for record in accounts[:2]]
    done = load("update", ["id,Health_Score", f"{ids[0]},77", f"{ids[1]},78", "5437896100999999999,1"], find_by="id")
    assert [row["STATUS"] for row in done["rows"]] == ["UPDATED", "UPDATED", "SKIPPED"]
    assert crm.get(f"/crm/v8/Accounts/{ids[1]}").json()["data"][0]["Health_Score"] == 78


def test_rows_are_upserted_by_a_unique_field(accounts: list[dict[str, Any]], load: Load) -> None:
    rows = ["External_Id,Account_Name", f"{accounts[0]['External_Id']},Renamed", "NEW-1,Added"]
    done = load("upsert", rows, find_by="External_Id")
    assert [row["STATUS"] for row in done["rows"]] == ["UPDATED", "ADDED"]
    assert done["rows"][0]["RECORD_ID"] == accounts[0]["id"]


def test_empty_cells_clear_unless_ignored(crm: httpx2.Client, accounts: list[dict[str, Any]], load: Load) -> None:
    record = accounts[0]["id"]

    def phone() -> object:
        return crm.get(f"/crm/v8/Accounts/{record}").json()["data"][0]["Phone"]

    before = phone()
    load("update", ["id,Phone", f"{record},"], find_by="id", ignore_empty=True)
    assert phone() == before
    load("update", ["id,Phone", f"{record},"], find_by="id")
    assert phone() is None


def test_a_job_in_progress_says_so_in_one_word(sim: Simulator, crm: httpx2.Client, until: Until) -> None:
    sim.settings.bulk_job_seconds = 100
    file_id = upload(crm, zipped("Account_Name", "A")).json()["details"]["file_id"]
    answer = crm.post("/crm/bulk/v8/write", json=job_body(file_id, "insert", ["Account_Name"])).json()
    assert (answer["code"], answer["message"]) == ("SUCCESS", "success")
    job = f"/crm/bulk/v8/write/{answer['details']['id']}"
    assert crm.get(job).json()["status"] == "ADDED"
    sim.clock.advance(25)
    until(lambda: bool(crm.get(job).json()["status"] == "INPROGRESS"))
    assert "result" not in crm.get(job).json()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"module": {"api_name": "Notes"}}, "MODULE_NOT_AVAILABLE"),
        ({"file_id": "5"}, "INVALID_FILE_ID"),
        ({"field_mappings": [{"api_name": "Nope", "index": 0}]}, "INVALID_FIELD"),
        ({"field_mappings": [{"api_name": "Account_Name", "index": 9}]}, "COLUMN_INDEX_NOT_FOUND"),
        ({"field_mappings": [{"api_name": "Health_Score", "index": 0}]}, "MANDATORY_FIELDS_NOT_MAPPED"),
    ],
)
def test_wrong_jobs_are_refused(crm: httpx2.Client, change: dict[str, object], code: str) -> None:
    file_id = upload(crm, zipped("Account_Name", "A")).json()["details"]["file_id"]
    answer = crm.post("/crm/bulk/v8/write", json=job_body(file_id, "insert", ["Account_Name"], **change))
    assert answer.status_code == 400
    assert answer.json()["code"] == code


def test_an_update_must_say_what_it_finds_by(crm: httpx2.Client) -> None:
    file_id = upload(crm, zipped("Account_Name", "A")).json()["details"]["file_id"]
    answer = crm.post("/crm/bulk/v8/write", json=job_body(file_id, "update", ["Account_Name"]))
    assert answer.json()["details"] == {"api_name": "find_by"}
