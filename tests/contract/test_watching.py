"""The alert rules and the dashboard of deploy/: well formed, tested, and about numbers that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.postgres import stop_embedded
from support.watching import demo
from zohocrm_mcp.models import Job
from zohocrm_mcp.observe import meters
from zohocrm_mcp.observe.meters import PREFIX

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
NAMED = re.compile(rf"\b{PREFIX}\w+")
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*"}


def promtool(*arguments: object) -> str:
    """Run promtool, which must be content, and return what it says."""
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (Debian package: prometheus)")
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.integration
def test_prometheus_accepts_the_rules_without_a_word_of_advice() -> None:
    said = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
    assert f"SUCCESS: {RULES.read_text().count('- alert:')} rules found" in said


@pytest.mark.integration
def test_every_alert_fires_when_it_should_and_is_silent_when_all_is_well() -> None:
    tests = RULES.with_suffix(".test.yml")
    promtool("test", "rules", tests)
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
    fired = re.findall(r"alertname: (\w+)\n\s+exp_alerts:\n\s+- exp_labels", tests.read_text())
    assert sorted(alerts) == sorted(set(fired))


@pytest.mark.integration
def test_prometheus_accepts_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": _filled(query)} for number, query in enumerate(QUERIES)]
    written = tmp_path / "rules.json"  # JSON is YAML
    written.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"SUCCESS: {len(QUERIES)} rules found" in promtool("check", "rules", written)


def test_the_panels_of_the_dashboard_do_not_overlap_and_have_a_number_each() -> None:
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.anyio
async def test_a_server_that_has_done_calls_has_every_number_that_rules_and_dashboard_name(tmp_path: Path) -> None:
    try:
        with demo(tmp_path) as server:
            server.until_ready()
            assert not (await server.call("get_accounts", limit=1)).is_error
            numbers = server.numbers()
    finally:
        stop_embedded(tmp_path / "data")
    named = set(NAMED.findall(RULES.read_text() + "".join(QUERIES)))
    assert named - numbers.names == set()
    assert {name for name in named if _base(name) not in {PREFIX + one.name for one in meters.ALL}} == {
        f"{PREFIX}build_info"
    }
    states = {one.labels["state"] for one in numbers.samples if one.name == f"{PREFIX}jobs"}
    assert states == set(Job.model_fields["state"].annotation.__args__)  # type: ignore[union-attr]


def _filled(query: str) -> str:
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return query


def _base(name: str) -> str:
    return re.sub(r"_(total|bucket|sum|count)$", "", name)
