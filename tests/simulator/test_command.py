"""``zohocrm-mcp simulator`` as a child process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

COMMAND = [sys.executable, "-m", "zohocrm_mcp.cli.simulator"]


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "--accounts", "12", "--profile", "free"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_cleanly(child: subprocess.Popen[str], number: signal.Signals) -> None:
    assert child.stdout is not None
    ready = json.loads(child.stdout.readline())
    assert set(ready) == {
        "api_url",
        "accounts_url",
        "upload_url",
        "client_id",
        "client_secret",
        "refresh_token",
        "access_token",
    }
    headers = {"Authorization": f"Zoho-oauthtoken {ready['access_token']}"}
    with httpx2.Client(base_url=ready["api_url"], headers=headers, trust_env=False) as crm:
        assert crm.get("/crm/v8/Accounts/actions/count").json() == {"count": 12}
        overview = crm.get("/_simulator").json()
        assert overview["settings"]["profile"] == "free"
        child.send_signal(number)
        assert child.wait(timeout=20) == 0
    assert child.stdout.read() == ""


def test_it_lists_what_it_guesses() -> None:
    done = subprocess.run([*COMMAND, "--guesses"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) > 50
    assert any("equals on text" in line or "= on text" in line for line in lines)


def test_an_unknown_profile_is_refused_with_a_sentence() -> None:
    done = subprocess.run([*COMMAND, "--profile", "gold"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "profile must be one of" in " ".join(done.stderr.replace("│", " ").split())


def test_faults_switches_and_a_state_are_given_at_the_start(tmp_path: Path) -> None:
    with Simulator(accounts=3) as before:
        before.add_field("Accounts", "Tier", "text")
        state = tmp_path / "state.json"
        state.write_text(json.dumps(before.export_state()))
    options = ["--state", str(state), "--set", "accept_bearer=true", "--fault", "status GET /crm/v8/org status=503"]
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Bearer {ready['access_token']}"}
        with httpx2.Client(base_url=ready["api_url"], headers=headers, trust_env=False) as crm:
            assert [crm.get("/crm/v8/org").status_code for _ in range(2)] == [503, 200]
            assert crm.get("/crm/v8/Accounts/actions/count").json() == {"count": 3}
            names = [field["api_name"] for field in crm.get("/crm/v8/settings/fields?module=Accounts").json()["fields"]]
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert "Tier" in names


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fault", "explode GET /"], "kind must be one of status"),
        (["--set", "colour=red"], "There is no colour here"),
    ],
)
def test_a_wrong_option_is_refused_with_a_sentence(options: list[str], said: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_a_port_that_is_taken_is_said(sim: Simulator) -> None:
    port = sim.api_url.rpartition(":")[2]
    done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "in use" in done.stderr
