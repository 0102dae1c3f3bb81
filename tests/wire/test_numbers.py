"""What a scrape of a real server says after calls that went well, and after some that did not."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conftest import settings_for
from support.callers import environment_of
from support.child import Child, environment, serve
from support.watching import Numbers, until, watched
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-environment-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def test_calls_and_what_they_cost_are_counted(tmp_path: Path, simulator: Simulator, database_url: str) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        page = await server.call("get_accounts", limit=2)
        assert page.structured_content
        for record in page.structured_content["records"]:
            await server.call("get_account", account_id=record["id"])
        await server.call("get_account", account_id="1")
        await server.call("get_accounts", limit=999)
        numbers = server.numbers()
    assert numbers("tool_calls_total", tool="get_account", outcome="ok") == 2
    assert numbers("tool_calls_total", tool="get_account", outcome="not_found") == 1
    assert numbers("tool_calls_total", tool="get_accounts", outcome="invalid_input") == 1
    assert numbers("tool_duration_seconds_count", tool="get_account") == 3
    assert numbers("zoho_requests_total", endpoint="/crm/v8/{module}/{id}", method="GET") == 3
    assert numbers("zoho_requests_total") == sum("/crm/" in entry.path for entry in simulator.requests)
    assert numbers("zoho_request_duration_seconds_count") == numbers("zoho_requests_total")
    assert numbers("token_refreshes_total", connection="default", outcome="ok") == 1
    assert numbers("token_refresh_duration_seconds_count") == 1
    assert numbers("token_store_duration_seconds_count", operation="read") >= 1
    assert numbers("database_checkout_duration_seconds_count") >= 1
    assert numbers("database_use_duration_seconds_count") >= 1
    assert numbers("zoho_slots_limit", connection="default") == 20
    assert 0 < numbers("zoho_credits_remaining", connection="default") < 1_000_000
    assert numbers("database_pool_limit") >= 1
    assert numbers("ready", check="sign_in") == 1
    assert numbers("build_info") == 1


async def test_a_429_is_counted_once_and_so_is_its_retry(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        await server.call("get_accounts", limit=1)
        before = server.numbers()
        simulator.faults.add("GET /crm/v8/{module}", status=429, body={"code": "TOO_MANY_REQUESTS", "status": "error"})
        assert not (await server.call("get_accounts", limit=1)).is_error
        after = server.numbers()
    assert (before("zoho_throttled_total"), after("zoho_throttled_total")) == (0, 1)
    assert after("zoho_requests_total", endpoint="/crm/v8/{module}", status="429") == 1
    assert after("zoho_retries_total", endpoint="/crm/v8/{module}") == 1


async def test_a_request_without_an_answer_is_counted_as_such(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        simulator.faults.add("GET /crm/v8/{module}", "reset_before")
        await server.call("get_accounts", limit=1)
        assert server.numbers()("zoho_requests_total", endpoint="/crm/v8/{module}", status="no_answer") == 1


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [({"status": 503}, "unavailable"), ({"status": 400, "body": {"error": "Access Denied"}}, "throttled")],
)
async def test_a_failed_refresh_is_counted_by_its_kind(
    tmp_path: Path, simulator: Simulator, database_url: str, fault: dict[str, Any], outcome: str
) -> None:
    simulator.faults.add("POST /oauth/v2/token", count=None, **fault)
    with watched(tmp_path, simulator, database_url) as server:
        assert (await server.call("get_accounts", limit=1)).is_error
        numbers = server.numbers()
    assert numbers("token_refreshes_total", connection="default", outcome=outcome) >= 1
    assert numbers("token_refreshes_total", connection="default", outcome="ok") == 0


async def test_jobs_are_counted_by_state(tmp_path: Path, simulator: Simulator, database_url: str) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        page = await server.call("get_accounts", limit=2)
        assert page.structured_content
        records = [{"id": record["id"], "Phone": "1"} for record in page.structured_content["records"]]
        await server.call("bulk_update_accounts", records=records, dry_run=True)
        await server.call("bulk_update_accounts", records=records)
        until(lambda: server.numbers()("jobs", state="succeeded") == 1)
        numbers = server.numbers()
    assert (numbers("jobs", state="planned"), numbers("jobs", state="failed")) == (1, 0)
    assert numbers("jobs_stalled_seconds") == 0


async def test_no_number_names_a_record_a_module_or_a_secret(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with watched(tmp_path, simulator, database_url, "--toolsets", "accounts,rest") as server:
        page = await server.call("get_accounts", limit=1)
        assert page.structured_content
        (record,) = page.structured_content["records"]
        await server.call("get_account", account_id=record["id"])
        await server.call("zoho_request", path="/crm/v8/Our_Secret_Module/77777777/Hidden_List")
        await server.call("zoho_request", path="/crm/v8/settings/one/two/three/four")
        text = server.get("/metrics").text
        samples = server.numbers().samples
    assert not any(word in text for word in (record["id"], "Accounts", "Secret", "Hidden", "77777777", "three"))
    labels = {name for sample in samples for name in sample.labels}
    known = {"tool", "outcome", "method", "endpoint", "status", "connection", "operation", "check", "state"}
    assert labels == {*known, "version", "python", "le"}


async def test_with_authentication_the_numbers_are_behind_it(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with watched(tmp_path, simulator, database_url, headers=BEARER, env={"ZOHO_MCP_HTTP_TOKENS": TOKEN}) as server:
        server.until_ready()
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            refused = server.get("/metrics", **headers)
            assert refused.status_code == 401
            assert "zohocrm_mcp_" not in refused.text
        assert server.numbers()("build_info") == 1


async def test_a_port_of_their_own_needs_no_token_and_closes_the_other(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    own = {"ZOHO_MCP_HTTP_TOKENS": TOKEN, "ZOHO_MCP_METRICS_PORT": "0"}
    with watched(tmp_path, simulator, database_url, headers=BEARER, env=own) as server:
        url = json.loads(server.child.error_line("/metrics"))["url"]
        assert server.get("/metrics", **BEARER).status_code == 404
        answer = httpx2.get(url, trust_env=False)
        assert Numbers(answer.text)("build_info") == 1
        assert httpx2.post(url.replace("/metrics", "/mcp"), trust_env=False).status_code == 404
        server.child.process.terminate()
        assert server.child.exit_code() == 0
        assert "Traceback" not in server.child.errors()


def test_a_port_that_is_taken_is_told_by_the_name_of_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        env = environment(tmp_path, ZOHO_MCP_METRICS_PORT=str(taken.getsockname()[1]))
        with Child(*serve("--demo", "--transport", "http", "--port", "0"), env=env, cwd=tmp_path) as child:
            assert child.exit_code() == 2
            (line,) = child.errors().splitlines()
    assert "ZOHO_MCP_METRICS_PORT is " in line


async def test_a_scraper_may_ask_for_open_metrics(tmp_path: Path, simulator: Simulator, database_url: str) -> None:
    with watched(tmp_path, simulator, database_url) as server:
        plain = server.get("/metrics")
        newer = server.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert plain.headers["Content-Type"].startswith("text/plain; version=")
    assert newer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert newer.text.endswith("# EOF\n")


async def test_without_the_library_there_is_a_sentence_and_everything_else_works(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util, sys\n"
        "sys.modules['prometheus_client'] = None\n"
        "found = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'prometheus_client' else found(name, *more)\n"
    )
    with watched(tmp_path, simulator, database_url, env={"PYTHONPATH": str(hidden)}) as server:
        assert not (await server.call("get_accounts", limit=1)).is_error
        answer = server.get("/metrics")
    assert answer.status_code == 501
    assert "zohocrm-mcp[metrics]" in answer.text


async def test_a_worker_tells_on_a_port_of_its_own_how_it_does(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    settings = settings_for(simulator, database_url, tmp_path)
    told = environment(tmp_path, **environment_of(settings), ZOHO_MCP_LOG_FORMAT="json", ZOHO_MCP_METRICS_PORT="0")
    command = (sys.executable, "-m", "zohocrm_mcp", "worker")
    with watched(tmp_path, simulator, database_url) as server, Child(*command, env=told, cwd=tmp_path) as worker:
        server.until_ready()
        url = str(json.loads(worker.error_line("/metrics"))["url"])

        def ask(path: str) -> httpx2.Response:
            return httpx2.get(url.replace("/metrics", path), trust_env=False)

        until(lambda: ask("/readyz").status_code == 200)
        assert ask("/healthz").json() == {"status": "alive"}
        numbers = Numbers(ask("/metrics").text)
        worker.process.terminate()
        assert worker.exit_code() == 0
        assert "Traceback" not in worker.errors()
    assert (numbers("ready", check="database"), numbers("jobs", state="queued")) == (1, 0)
    assert numbers("build_info") == 1
