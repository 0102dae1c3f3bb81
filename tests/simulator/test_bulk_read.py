"""Bulk read jobs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

Until = Callable[[Callable[[], bool]], None]


def create(crm: httpx2.Client, **query: object) -> httpx2.Response:
    return crm.post("/crm/bulk/v8/read", json={"query": {"module": {"api_name": "Accounts"}, **query}})


def job_of(answer: httpx2.Response) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"][0]["details"]["id"])


def details(crm: httpx2.Client, job: str) -> dict[str, Any]:
    found: dict[str, Any] = crm.get(f"/crm/bulk/v8/read/{job}").json()["data"][0]
    return found


def finished(crm: httpx2.Client, until: Until, **query: object) -> dict[str, Any]:
    """The result of a job, once it has one."""
    job = job_of(create(crm, **query))
    until(lambda: bool(details(crm, job)["state"] == "COMPLETED"))
    result: dict[str, Any] = details(crm, job)["result"]
    return result


@pytest.fixture
def rows(crm: httpx2.Client, until: Until) -> Callable[..., list[dict[str, str]]]:
    """The rows of a job's result file."""

    def run(**query: object) -> list[dict[str, str]]:
        job = job_of(create(crm, **query))
        until(lambda: details(crm, job)["state"] == "COMPLETED")
        answer = crm.get(details(crm, job)["result"]["download_url"])
        assert answer.headers["content-disposition"] == f'attachment; filename="{job}.zip"'
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert archive.namelist() == [f"{job}.csv"]
        return list(csv.DictReader(io.StringIO(archive.read(f"{job}.csv").decode())))

    return run


Rows = Callable[..., list[dict[str, str]]]


def test_a_job_is_added_with_its_envelope(crm: httpx2.Client) -> None:
    answer = create(crm, fields=["Account_Name"])
    item = answer.json()["data"][0]
    assert (item["code"], item["message"], item["status"]) == ("ADDED_SUCCESSFULLY", "Added successfully.", "success")
    assert item["details"]["state"] == "ADDED"
    assert answer.json()["info"] == {}


def test_the_file_holds_every_account_under_a_header_that_begins_with_id(rows: Rows) -> None:
    found = rows(fields=["Account_Name", "Owner", "Product_Interests", "Created_Time", "Newsletter", "Rating"])
    assert len(found) == 250
    assert list(found[0]) == [
        "Id",
        "Account_Name",
        "Owner",
        "Product_Interests",
        "Created_Time",
        "Newsletter",
        "Rating",
    ]
    assert found[0]["Owner"].isdecimal()
    assert found[0]["Created_Time"].endswith("+05:30")
    assert {row["Newsletter"] for row in found} == {"true", "false"}
    assert any(";" in row["Product_Interests"] for row in found)
    assert any(row["Rating"] == "" for row in found)


def test_dotted_fields_and_quotes_are_written(crm: httpx2.Client, account: str, rows: Rows) -> None:
    crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Account_Name": 'Says "yes", twice\nand again'}]})
    found = {row["Id"]: row for row in rows(fields=["Account_Name", "Owner.last_name", "Parent_Account.Account_Name"])}
    assert found[account]["Account_Name"] == 'Says "yes", twice\nand again'
    assert found[account]["Owner.last_name"]


def test_without_fields_every_field_comes(rows: Rows) -> None:
    assert {"Id", "Account_Name", "Billing_City", "Health_Score"} <= set(rows()[0])


def test_criteria_choose_rows(rows: Rows) -> None:
    criteria = {
        "group_operator": "and",
        "group": [
            {"field": {"api_name": "Account_Status"}, "comparator": "equal", "value": "Active"},
            {"field": {"api_name": "Annual_Revenue"}, "comparator": "greater_than", "value": 1_000_000},
        ],
    }
    found = rows(fields=["Account_Status", "Annual_Revenue"], criteria=criteria)
    assert found
    assert all(row["Account_Status"] == "Active" and float(row["Annual_Revenue"]) > 1_000_000 for row in found)


def test_empty_values_are_found_by_their_own_word(rows: Rows) -> None:
    criteria = {"field": {"api_name": "Rating"}, "comparator": "equal", "value": "${EMPTY}"}
    found = rows(fields=["Rating"], criteria=criteria)
    assert found
    assert {row["Rating"] for row in found} == {""}


def test_pages_and_tokens_lead_through_all_rows(sim: Simulator, crm: httpx2.Client, until: Until) -> None:
    sim.settings.bulk_read_rows = 100
    counts: list[int] = []
    query: dict[str, object] = {"fields": ["Account_Name"]}
    while True:
        result = finished(crm, until, **query)
        counts.append(result["count"])
        if not result["more_records"]:
            break
        query = {"page_token": result["next_page_token"]}
    assert counts == [100, 100, 50]
    assert finished(crm, until, fields=["Account_Name"], page=3)["count"] == 50


def test_jobs_run_one_after_another_through_their_states(sim: Simulator, crm: httpx2.Client, until: Until) -> None:
    sim.settings.bulk_job_seconds = 100
    first, second = job_of(create(crm)), job_of(create(crm))
    until(lambda: details(crm, second)["state"] == "QUEUED")
    sim.clock.advance(21)
    until(lambda: details(crm, first)["state"] == "IN PROGRESS")
    assert "result" not in details(crm, first)
    assert crm.get(f"/crm/bulk/v8/read/{first}/result").json()["code"] == "RESOURCE_NOT_FOUND"
    sim.clock.advance(100)
    until(lambda: details(crm, first)["state"] == "COMPLETED")
    sim.clock.advance(101)
    until(lambda: details(crm, second)["state"] == "COMPLETED")


def test_ten_downloads_a_minute_are_allowed(sim: Simulator, crm: httpx2.Client, until: Until) -> None:
    job = job_of(create(crm, fields=["Account_Name"]))
    until(lambda: details(crm, job)["state"] == "COMPLETED")
    statuses = [crm.get(f"/crm/bulk/v8/read/{job}/result").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    sim.clock.advance(61)
    assert crm.get(f"/crm/bulk/v8/read/{job}/result").status_code == 200


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address that takes callbacks, and their bodies."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/done", bodies
        server.shutdown()
        thread.join()


def test_a_callback_tells_that_the_job_has_ended(
    crm: httpx2.Client, until: Until, listener: tuple[str, list[bytes]]
) -> None:
    url, bodies = listener
    body = {"callback": {"url": url, "method": "post"}, "query": {"module": {"api_name": "Accounts"}}}
    job = job_of(crm.post("/crm/bulk/v8/read", json=body))
    until(lambda: bool(bodies))
    assert f'"id":"{job}"'.encode() in bodies[0]
    assert b'"state":"COMPLETED"' in bodies[0]


def test_a_body_without_json_content_type_is_415(crm: httpx2.Client) -> None:
    answer = crm.post("/crm/bulk/v8/read", content=b'{"query":{"module":{"api_name":"Accounts"}}}')
    assert answer.status_code == 415
    assert answer.json()["code"] == "MEDIA_TYPE_NOT_SUPPORTED"


def one(name: str, comparator: str, value: object) -> dict[str, object]:
    return {"field": {"api_name": name}, "comparator": comparator, "value": value}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"module": {"api_name": "Nope"}}, "MODULE_NOT_AVAILABLE"),
        ({"fields": ["Nope"]}, "FIELD_NOT_SUPPORTED"),
        ({"page": 51}, "PAGE_RANGE_EXCEEDED"),
        ({"page_token": "unknown"}, "INVALID_REQUEST"),
        ({"criteria": one("Nope", "equal", 1)}, "FIELD_IN_CRITERIA_NOT_SUPPORTED"),
        ({"criteria": one("Account_Name", "less_than", "a")}, "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED"),
        ({"criteria": one("Health_Score", "equal", "x")}, "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        ({"criteria": {"group_operator": "xor", "group": []}}, "GROUP_OPERATOR_NOT_SUPPORTED"),
        ({"criteria": {"group_operator": "and", "group": [], **one("id", "equal", 1)}}, "AMBIGUOUS_CRITERIA"),
        (
            {"criteria": {"group_operator": "or", "group": [one("Health_Score", "equal", 1)] * 26}},
            "CRITERIA_LIMIT_EXCEEDED",
        ),
    ],
)
def test_wrong_jobs_are_refused(crm: httpx2.Client, query: dict[str, object], code: str) -> None:
    answer = create(crm, **query)
    assert answer.status_code == 400
    assert answer.json()["code"] == code


def test_a_wrong_callback_is_refused(crm: httpx2.Client) -> None:
    query = {"module": {"api_name": "Accounts"}}
    for callback, code in (
        ({"url": "ftp://x"}, "INVALID_CALLBACK_URL"),
        ({"url": "http://127.0.0.1/", "method": "put"}, "INVALID_CALLBACK_METHOD"),
    ):
        answer = crm.post("/crm/bulk/v8/read", json={"callback": callback, "query": query})
        assert answer.json()["code"] == code


def test_an_unknown_job_is_404(crm: httpx2.Client) -> None:
    answer = crm.get("/crm/bulk/v8/read/5437896100000000001")
    assert answer.status_code == 404
    assert answer.json()["code"] == "RESOURCE_NOT_FOUND"


def test_a_reset_drops_the_jobs(sim: Simulator, crm: httpx2.Client) -> None:
    sim.settings.bulk_job_seconds = 100
    jobs = [job_of(create(crm)), job_of(create(crm))]
    sim.reset()
    sim.clock.advance(1000)
    headers = {"Authorization": f"Zoho-oauthtoken {sim.access_token}"}
    assert [crm.get(f"/crm/bulk/v8/read/{job}", headers=headers).status_code for job in jobs] == [404, 404]
