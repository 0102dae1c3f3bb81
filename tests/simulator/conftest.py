"""One simulator for the tests of a file, as new before each of them."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

PATIENCE = 20.0


@pytest.fixture(scope="module")
def _running() -> Iterator[Simulator]:
    with Simulator(accounts=250, seed=1, bulk_job_seconds=0) as running:
        yield running


@pytest.fixture
def sim(_running: Simulator) -> Simulator:
    _running.reset()
    return _running


@pytest.fixture(scope="module")
def _client(_running: Simulator) -> Iterator[httpx2.Client]:
    with signed_in(_running, _running.access_token) as client:
        yield client


@pytest.fixture
def crm(sim: Simulator, _client: httpx2.Client) -> httpx2.Client:  # noqa: ARG001 -- as new before each test
    """A client that is signed in with all scopes; a seed gives the same token again after a reset."""
    return _client


@pytest.fixture
def with_scopes(sim: Simulator) -> Iterator[Callable[..., httpx2.Client]]:
    """Makes clients whose tokens hold only the scopes given, for the administrator or another user."""
    made: list[httpx2.Client] = []

    def make(*scopes: str, user: str | None = None) -> httpx2.Client:
        made.append(signed_in(sim, sim.grant([*scopes], user=user)["access_token"]))
        return made[-1]

    yield make
    for client in made:
        client.close()


def signed_in(sim: Simulator, token: str) -> httpx2.Client:
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    return httpx2.Client(base_url=sim.api_url, headers=headers, trust_env=False, timeout=PATIENCE)


@pytest.fixture
def accounts(crm: httpx2.Client) -> list[dict[str, Any]]:
    """Ten accounts, the newest first."""
    names = "Account_Name,Industry,Account_Status,Annual_Revenue,Health_Score,External_Id,Modified_Time"
    answer = crm.get("/crm/v8/Accounts", params={"fields": names, "per_page": 10})
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


@pytest.fixture
def account(accounts: list[dict[str, Any]]) -> str:
    """The id of an account."""
    return str(accounts[0]["id"])


@pytest.fixture
def token_call(sim: Simulator) -> Callable[..., httpx2.Response]:
    """Posts to the token endpoint with the default client."""

    def post(grant_type: str = "refresh_token", **more: str) -> httpx2.Response:
        form = {"client_id": sim.client_id, "client_secret": sim.client_secret, "grant_type": grant_type}
        if grant_type == "refresh_token":
            form["refresh_token"] = sim.refresh_token
        return httpx2.post(sim.accounts_url, data={**form, **more}, trust_env=False)

    return post


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Waits for something to hold, no longer than patience lasts."""

    def wait(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, "It never held."

    return wait


@pytest.fixture
def typed(sim: Simulator, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Runs a script with the official Python SDK set up, in a process of its own; what it says."""
    prelude = Path(__file__).with_name("typed_prelude.txt").read_text()
    where = json.dumps({**sim.ready_line(), "folder": str(tmp_path)})

    def run(script: str) -> dict[str, Any]:
        program = [sys.executable, "-c", prelude + textwrap.dedent(script), where]
        done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, timeout=90, check=False)
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return said

    return run
