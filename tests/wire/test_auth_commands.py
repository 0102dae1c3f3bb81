"""The commands about sign-ins, keys, tables and the audit log, each in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import settings_for
from support.sign_in import command, consent, newcomer
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator


@pytest.fixture
def settings(simulator: Simulator, database_url: str, tmp_path: Path) -> Settings:
    return newcomer(simulator, database_url, tmp_path)


def test_the_commands_sign_in_and_out(settings: Settings, simulator: Simulator) -> None:
    assert command(settings, "auth", "status").returncode == 1
    asked = json.loads(command(settings, "auth", "url", "--json").stdout)
    done = command(settings, "auth", "exchange", "-", "--json", stdin=consent(asked["url"]))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["organisation"] == simulator.state.org.company_name
    assert json.loads(command(settings, "auth", "list", "--json").stdout)[0]["connection"] == "default"
    gone = command(settings, "auth", "logout", "--json")
    assert json.loads(gone.stdout) == {"connection": "default", "revoked": True, "trouble": ""}


def test_a_sign_in_of_the_environment_is_shown_too(simulator: Simulator, database_url: str, tmp_path: Path) -> None:
    settings = newcomer(simulator, database_url, tmp_path, refresh_token=simulator.refresh_token)
    shown = command(settings, "auth", "status", "--json")
    assert shown.returncode == 0
    assert json.loads(shown.stdout)["connection"] == "default"


def test_a_tool_is_called_over_the_connection_that_is_named(settings: Settings) -> None:
    asked = command(settings, "auth", "url", "--connection", "acme")
    assert command(
        settings, "auth", "exchange", "-", "--connection", "acme", stdin=consent(asked.stdout.strip())
    ).stdout
    called = command(settings, "call", "get_accounts", '{"limit": 1}', "--connection", "acme")
    assert json.loads(called.stdout)["count"] == 1
    elsewhere = command(settings, "call", "get_accounts", '{"limit": 1}')
    assert elsewhere.returncode == 1
    assert "nobody has signed in" in elsewhere.stdout


def test_without_a_terminal_nobody_is_asked_for_a_client(
    simulator: Simulator, database_url: str, tmp_path: Path
) -> None:
    settings = newcomer(simulator, database_url, tmp_path, client_id="")
    refused = command(settings, "auth", "url")
    assert refused.returncode == 2
    assert refused.stderr.startswith("zohocrm-mcp: ZOHO_SDK_CLIENT_ID is not set.")
    assert refused.stdout == ""


def test_keys_are_rotated_and_the_audit_log_tells(simulator: Simulator, database_url: str, tmp_path: Path) -> None:
    settings = settings_for(simulator, database_url, tmp_path)
    first = json.loads(command(settings, "auth", "status", "--json").stdout)["key_id"]
    done = json.loads(command(settings, "keys", "rotate", "--new", "--json").stdout)
    assert (done["resealed"], done["spare"]) == (["default"], [first])
    assert done["newest"] != first
    told = json.loads(command(settings, "audit", "--since", "1h", "--json").stdout)
    assert [entry["event"] for entry in told] == ["auth.taken_in", "auth.rotated"]
    assert command(settings, "audit", "--since", "1h").stdout.count("\n") == 2


def test_migrations_are_shown_taken_back_and_applied(settings: Settings) -> None:
    applied = json.loads(command(settings, "migrate", "--status", "--json").stdout)
    assert all(row["applied_at"] for row in applied)
    back = json.loads(command(settings, "migrate", "--down", "1", "--json").stdout)
    assert [row["number"] for row in back if row["applied_at"]] == [1]
    assert "pending" not in command(settings, "migrate").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["auth", "status", "--connection", "../evil"], "'../evil' cannot be the name of a connection"),
        (["auth", "url", "--connection", "demo"], "'demo' cannot be the name of a connection"),
        (["auth", "logout"], "'default'. `zohocrm-mcp auth list` says who is."),
        (["config", "--env", "--link"], "--env prints settings, and not what a client takes"),
        (["audit", "--since", "soon"], "'soon' is not a time"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_exit_2(settings: Settings, arguments: list[str], said: str) -> None:
    refused = command(settings, *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
