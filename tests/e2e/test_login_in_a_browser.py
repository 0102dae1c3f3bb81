"""`auth login` as a person does it: a real browser at the consent page, and the terminal that waits for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.browser import MISSING, Browser
from support.sign_in import newcomer
from support.tokens import SECONDS, environment_of
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = [
    pytest.mark.integration,
    pytest.mark.e2e,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
]


@pytest.fixture
def settings(simulator: Simulator, database_url: str, tmp_path: Path, free_tcp_port: int) -> Settings:
    redirect = f"http://localhost:{free_tcp_port}/callback"
    return newcomer(simulator, database_url, tmp_path, redirect_url=redirect)


@contextmanager
def login(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A login that has begun, and the address that it wants opened."""
    command = [sys.executable, "-m", "zohocrm_mcp", "auth", "login", "--json"]
    pipe = subprocess.PIPE
    environment = {**environment_of(settings), "BROWSER": "true"}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, text=True) as process:
        assert process.stderr
        first = process.stderr.readline()
        try:
            yield process, first.strip().rpartition(" ")[2]
        finally:
            process.kill()


def test_a_person_accepts_and_is_signed_in(settings: Settings, simulator: Simulator, tmp_path: Path) -> None:
    with login(settings) as (process, address), Browser(tmp_path / "profile") as browser:
        browser.open(address)
        browser.wait_heading("Zoho CRM simulator: allow access?")
        browser.click("button[value=accept]")
        browser.wait_heading("Access given")
        told, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    done = json.loads(told)
    assert done["organisation"] == simulator.state.org.company_name
    assert done["email"] == simulator.state.users.current.email
    assert done["region"] == "us"


def test_a_person_rejects_and_is_told(settings: Settings, tmp_path: Path) -> None:
    with login(settings) as (process, address), Browser(tmp_path / "profile") as browser:
        browser.open(address)
        browser.click("button[value=reject]")
        browser.wait_heading("No access given")
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "Zoho did not give access (access_denied)." in said
