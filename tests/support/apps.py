"""The stage with everything on it: the official bridge, a browser, ``serve --demo``, and some of its records."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.browser import MISSING
from support.child import serve
from support.stage import Stage, server, stage

needs_browser = pytest.mark.skipif(bool(MISSING), reason=MISSING)
TOOLSETS = "accounts,bulk,schema,query,service,records"
THEMES = ["light", "dark"]
HOST = Path(__file__).parents[1] / "e2e" / "apps_host.mjs"
COLUMNS = ["Account_Name", "Industry", "Annual_Revenue", "Health_Score", "Website", "Last_Engagement_Date", "Rating"]


@pytest.fixture(scope="module")
def host_script(npm: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The host's page with the official bridge in it."""
    source = npm / "apps_host.mjs"
    source.write_bytes(HOST.read_bytes())
    bundle = tmp_path_factory.mktemp("host") / "host.js"
    bundler = str(npm / "node_modules" / ".bin" / "esbuild")
    command = [bundler, str(source), "--bundle", "--format=iife", f"--outfile={bundle}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return bundle.read_bytes()


@pytest.fixture(scope="module")
def shown(
    host_script: bytes, demo_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    profile = tmp_path_factory.mktemp("profile")
    with (
        server(serve("--demo", "--toolsets", TOOLSETS), demo_environment) as backstage,
        stage(backstage, profile, host_script) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def axe(npm: Path) -> str:
    return (npm / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def account(shown: Stage) -> str:
    """An account with some of everything."""
    for record in shown.server.facts("get_accounts", limit=50)["records"]:
        if all(shown.server.facts("account_overview", account_id=record["id"])["counts"].values()):
            return str(record["id"])
    raise AssertionError("no account has everything")


@pytest.fixture(scope="module")
def twins(shown: Stage) -> None:
    """Two accounts more with the name and the website of another."""
    for _ in range(2):
        values = {"Account_Name": "Evergreen Holdings AG", "Website": "https://www.evergreenholdings.example"}
        shown.server.call("create_account", values={**values, "Industry": "Retail", "Phone": "+1 544-555-0100"})


def focused(shown: Stage) -> str:
    """Return what has the focus, as a person would name it."""
    return str(shown.browser.run("const on = document.activeElement; return on.id || on.ariaLabel || on.tagName"))
