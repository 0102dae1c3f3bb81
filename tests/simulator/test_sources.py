"""Every behaviour carries its source."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zohocrm_mcp.simulator import routes, sources
from zohocrm_mcp.simulator.sources import behaviours, guessed, known


def test_every_endpoint_is_known_or_guessed() -> None:
    routes.load_endpoints()
    tagged = {behaviour.subject for behaviour in behaviours()}
    untagged = [
        route.name
        for route in routes.all_routes()
        if not route.template.startswith("/_simulator")
        and f"{route.handler.__module__.rpartition('simulator.')[2]}.{route.handler.__qualname__}" not in tagged
    ]
    assert untagged == []


def test_tags_name_their_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_BEHAVIOURS", [])  # else other tests would find this one's behaviour in the lists

    @known("live", 2026)
    @guessed("something")
    def rule() -> None: ...

    kinds = {(each.kind, each.text) for each in behaviours() if each.subject.endswith(rule.__qualname__)}
    assert kinds == {("known", "live, 2026"), ("guessed", "something")}


def test_nothing_else_of_the_product_is_imported() -> None:
    program = (
        "import sys; from zohocrm_mcp.simulator import Simulator; Simulator(); "
        "from zohocrm_mcp.simulator.routes import load_endpoints; load_endpoints(); "
        "print(*[name for name in sys.modules if name.startswith('zohocrm')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    allowed = ("zohocrm_mcp.simulator", "zohocrm_mcp._version")
    assert [name for name in done.stdout.split() if name != "zohocrm_mcp" and not name.startswith(allowed)] == []
