"""Traces from the request of a client to the requests to Zoho, as a collector receives them."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from support.child import Child, environment, serve
from support.collector import collector
from support.watching import until, watched
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

SOON = {"OTEL_BSP_SCHEDULE_DELAY": "50"}
NOWHERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}


async def test_a_call_and_its_requests_to_zoho_are_one_trace(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with collector() as there:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": there.url, **SOON}
        with watched(tmp_path, simulator, database_url, env=env) as server:
            page = await server.call("get_accounts", limit=1)
            assert page.structured_content
            record_id = page.structured_content["records"][0]["id"]
            await server.call("get_account", account_id=record_id)
            until(lambda: bool(there.named("GET /crm/v8/{module}/{id}") and there.named("tools/call get_account")))
        (request,) = there.named("GET /crm/v8/{module}/{id}")
        spans = {span.id: span for span in there.spans}
        (call,) = there.named("tools/call get_account")
    assert request.facts == {
        "http.request.method": "GET",
        "url.template": "/crm/v8/{module}/{id}",
        "http.response.status_code": 200,
    }
    assert request.trace == call.trace
    above, names = request, []
    while above.parent in spans:
        above = spans[above.parent]
        names.append(above.name)
    assert names == ["tools/call get_account"]
    assert request.service == "zohocrm-mcp"
    assert not any(record_id.encode() in body or b"1000." in body for body in there.bodies)


async def test_a_trace_shows_that_a_request_was_repeated_and_that_a_token_was_fetched(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    simulator.faults.add("GET /crm/v8/{module}", status=503)
    with collector() as there:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": there.url, **SOON}
        with watched(tmp_path, simulator, database_url, env=env) as server:
            assert not (await server.call("get_accounts", limit=1)).is_error
            until(
                lambda: len(there.named("GET /crm/v8/{module}")) == 2 and bool(there.named("tools/call get_accounts"))
            )
        first, second = there.named("GET /crm/v8/{module}")
        (token,) = there.named("POST /oauth/v2/token")
        (call,) = there.named("tools/call get_accounts")
    assert (first.facts["http.response.status_code"], first.facts["error.type"]) == (503, "503")
    assert "http.request.resend_count" not in first.facts
    assert (second.facts["http.response.status_code"], second.facts["http.request.resend_count"]) == (200, 1)
    assert {first.trace, second.trace, token.trace} == {call.trace}
    assert first.events == 0


async def test_spans_of_the_last_moment_are_sent_at_the_end(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with collector() as there:
        env = {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{there.url}/v1/traces",
            "OTEL_SERVICE_NAME": "accounts",
            "OTEL_BSP_SCHEDULE_DELAY": "600000",
        }
        with watched(tmp_path, simulator, database_url, env=env) as server:
            await server.call("get_accounts", limit=1)
            assert there.spans == []
            server.child.process.terminate()
            assert server.child.exit_code() == 0
        (call,) = there.named("tools/call get_accounts")
    assert call.service == "accounts"


async def test_a_collector_that_never_answers_does_not_hold_up_the_end(
    tmp_path: Path, simulator: Simulator, database_url: str
) -> None:
    with collector(silent=True) as there:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": there.url, **SOON}
        with watched(tmp_path, simulator, database_url, env=env) as server:
            assert not (await server.call("get_accounts", limit=1)).is_error
            server.child.process.terminate()
            assert server.child.exit_code() == 0
            assert "traces are lost" in server.child.errors()


@pytest.mark.parametrize(
    "asked", [{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, {"OTEL_TRACES_EXPORTER": "otlp"}]
)
def test_without_the_library_there_is_one_warning(tmp_path: Path, asked: dict[str, str]) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['opentelemetry.sdk'] = None\n")
    env = environment(tmp_path, PYTHONPATH=str(tmp_path), **asked)
    with Child(*serve("--demo"), env=env, cwd=tmp_path) as child:
        child.greet()
        child.hang_up()
        assert child.exit_code() == 0
        warnings = [line for line in child.errors().splitlines() if "warning" in line]
    assert len(warnings) == 1
    assert "zohocrm-mcp[otel]" in warnings[0]


@pytest.mark.parametrize("asked", [{}, {**NOWHERE, "OTEL_TRACES_EXPORTER": "none"}])
def test_who_asks_for_no_traces_does_not_load_what_makes_them(tmp_path: Path, asked: dict[str, str]) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['opentelemetry.sdk'] = None\n")
    with Child(*serve("--demo"), env=environment(tmp_path, PYTHONPATH=str(tmp_path), **asked), cwd=tmp_path) as child:
        child.greet()
        child.hang_up()
        assert child.exit_code() == 0
        assert child.errors() == ""


async def test_the_trace_of_a_client_goes_on_here(tmp_path: Path, simulator: Simulator, database_url: str) -> None:
    theirs = SpanContext(0xC0FFEE, 0xBEEF, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    with (
        collector() as there,
        watched(tmp_path, simulator, database_url, env={"OTEL_EXPORTER_OTLP_ENDPOINT": there.url, **SOON}) as server,
    ):
        with trace.use_span(NonRecordingSpan(theirs)):
            await server.call("get_accounts", limit=1)
        until(lambda: bool(there.named("tools/call get_accounts")))
        (request,) = there.named("GET /crm/v8/{module}")
    assert int(request.trace, 16) == theirs.trace_id
    assert not any("traceparent" in entry.headers for entry in simulator.requests)
