"""The official conformance suite against ``serve --demo``: what applies to this server passes, all of it.

The suite was written for a server with fixtures of its own (tools ``test_…``, resources ``test://…``). What needs them
cannot apply here; some of it passes all the same, because it accepts any refusal or skips itself, and is not counted.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.serving import serving

Checks = list[tuple[str, str]]
SECONDS = 120

FIRST = "2025-11-25"
SECOND = "2026-07-28"
IN_BOTH = {
    "completion-complete",  # its prompt is a fixture, but an empty list is an answer; real ones: test_typescript_web
    "dns-rebinding-protection",
    "prompts-list",
    "resources-list",
    "server-sse-multiple-streams",
    "tools-list",
}
APPLICABLE = {
    FIRST: {
        *IN_BOTH,
        "logging-set-level",
        "ping",
        "resources-subscribe",
        "resources-unsubscribe",
        "server-initialize",
        "server-session-lifecycle",
    },
    SECOND: {
        *IN_BOTH,
        "caching",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "sep-2164-resource-not-found",
    },
}
"""``server-stateless`` applies in part, see STATELESS."""

FIXTURES_IN_BOTH = {
    "json-schema-2020-12",
    "prompts-get-embedded-resource",
    "prompts-get-simple",
    "prompts-get-with-args",
    "prompts-get-with-image",
    "resources-read-binary",
    "resources-read-text",
    "resources-templates-read",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-error",
    "tools-call-image",
    "tools-call-mixed-content",
    "tools-call-simple-text",
    "tools-call-with-progress",
}
NOT_APPLICABLE = {
    FIRST: {
        *FIXTURES_IN_BOTH,
        "elicitation-sep1034-defaults",
        "elicitation-sep1330-enums",
        "server-sse-polling",
        "tools-call-elicitation",
        "tools-call-sampling",
        "tools-call-with-logging",
    },
    SECOND: {
        *FIXTURES_IN_BOTH,
        "http-custom-header-server-validation",  # a tool with an x-mcp-header parameter
        "input-required-result-basic-elicitation",
        "input-required-result-basic-list-roots",
        "input-required-result-basic-sampling",
        "input-required-result-capability-check",
        "input-required-result-ignore-extra-params",
        "input-required-result-missing-input-response",
        "input-required-result-multi-round",
        "input-required-result-multiple-input-requests",
        "input-required-result-non-tool-request",
        "input-required-result-request-state",
        "input-required-result-result-type",
        "input-required-result-tampered-state",
        "input-required-result-validate-input",
        "tasks-capability-negotiation",  # and below: the extension for tasks
        "tasks-dispatch-and-envelope",
        "tasks-lifecycle",
        "tasks-mrtr-composition",
        "tasks-mrtr-input",
        "tasks-request-headers",
        "tasks-request-state-removal",
        "tasks-required-task-error",
        "tasks-status-notifications",
        "tasks-wire-fields",
    },
}
STATELESS = {
    "sep-2575-discover-capabilities-match-handlers",
    "sep-2575-http-server-error-jsonrpc-id",
    "sep-2575-http-server-header-mismatch-400",
    "sep-2575-http-server-meta-invalid-400",
    "sep-2575-http-server-method-not-found-404",
    "sep-2575-http-server-method-not-found-404-initialize",
    "sep-2575-http-server-method-not-found-404-logging-setlevel",
    "sep-2575-http-server-method-not-found-404-ping",
    "sep-2575-http-server-method-not-found-404-resources-subscribe",
    "sep-2575-http-server-method-not-found-404-resources-unsubscribe",
    "sep-2575-http-server-unsupported-version-400",
    "sep-2575-request-meta-client-info-optional",
    "sep-2575-request-meta-invalid-missing-client-capabilities",
    "sep-2575-request-meta-invalid-missing-meta",
    "sep-2575-request-meta-invalid-missing-protocol-version",
    "sep-2575-server-declares-prompts-in-discover",
    "sep-2575-server-honors-notification-filter",
    "sep-2575-server-identifies-in-result-meta",
    "sep-2575-server-implements-discover",
    "sep-2575-server-sends-subscription-ack",
    "sep-2575-server-tags-subscription-id",
    "sep-2575-server-unsupported-version-error",
}
STATELESS_CHECKS = 24
"""One of them is made three times."""
STATELESS_FIXTURES = {
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-missing-capability-http-400",
    "sep-2575-server-no-log-without-loglevel",
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-server-sends-prompts-list-changed-on-subscription",
    "sep-2575-server-sends-tools-list-changed-on-subscription",
}
SCHEMA_CHECKS = {FIRST: 29, SECOND: 46}
"""In how many scenarios the suite looks at every message of the server with the schema of the revision."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("conformance"), "http") as served:
        yield served.http


@pytest.fixture(scope="module", params=[FIRST, SECOND])
def run(
    request: pytest.FixtureRequest, npm: Path, node: str, url: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, Checks]]:
    """A revision and the checks of every scenario that the suite has for it."""
    folder = tmp_path_factory.mktemp("results")
    program = npm / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    command = [node, str(program), "server", "--url", url, "--requirements", request.param, "-o", str(folder)]
    subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    return request.param, dict(results(folder))


def results(folder: Path) -> Iterator[tuple[str, Checks]]:
    for file in folder.glob("*/checks.json"):
        named = re.fullmatch(r"server-(.+?)-\d{4}-\d\d-\d\dT.*", file.parent.name)
        assert named
        yield named[1], [(check["id"], check["status"]) for check in json.loads(file.read_text())]


def test_every_scenario_of_the_suite_is_known_here(run: tuple[str, dict[str, Checks]]) -> None:
    revision, found = run
    partly = {"server-stateless"} if revision == SECOND else set()
    assert set(found) == APPLICABLE[revision] | NOT_APPLICABLE[revision] | partly


def test_every_scenario_that_applies_passes(run: tuple[str, dict[str, Checks]]) -> None:
    revision, found = run
    for scenario in APPLICABLE[revision]:
        statuses = [status for _, status in found[scenario]]
        assert "SUCCESS" in statuses, scenario
        assert set(statuses) <= {"SUCCESS", "INFO"}, (scenario, found[scenario])


def test_every_message_fits_the_schema_of_its_revision(run: tuple[str, dict[str, Checks]]) -> None:
    revision, found = run
    told = [status for checks in found.values() for check, status in checks if check == "wire-schema-valid"]
    assert told == ["SUCCESS"] * SCHEMA_CHECKS[revision]


def test_what_makes_a_server_stateless_holds(run: tuple[str, dict[str, Checks]]) -> None:
    revision, found = run
    if revision == FIRST:
        assert "server-stateless" not in found
        return
    checks = [one for one in found["server-stateless"] if one[0] != "wire-schema-valid"]
    applicable = [one for one in checks if one[0] not in STATELESS_FIXTURES]
    assert {check for check, _ in applicable} == STATELESS
    assert [status for _, status in applicable] == ["SUCCESS"] * STATELESS_CHECKS
    assert {check for check, _ in checks} == STATELESS | STATELESS_FIXTURES
