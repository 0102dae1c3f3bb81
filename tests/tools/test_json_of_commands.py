"""What a command prints with ``--json`` is JSON, and nothing else is on stdout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handbook.commands import leaves
from support.callers import environment_of
from zohocrm_mcp.cli._commands import build
from zohocrm_mcp.cli.main import run
from zohocrm_mcp.config import Settings

GIVEN = {
    "audit": "--since 1d",
    "auth list": "",
    "auth logout": "",
    "auth status": "",
    "auth url": "",
    "doctor": "",
    "export": "Accounts all.csv",
    "exports list": "",
    "import": "Accounts some.csv --dry-run",
    "keys rotate": "",
    "migrate": "--status",
    "simulator": "--guesses",
    "sync": "Accounts",
    "token create": "another",
    "token list": "",
    "token revoke": "reporting",
    "tools": "",
}
SEEN_ELSEWHERE = {
    "auth login": "tests/wire/test_auth_terminal.py",
    "auth exchange": "tests/wire/test_auth_commands.py",
    "exports delete": "tests/wire/test_exports_command.py",
}


def test_every_command_with_json_is_looked_at() -> None:
    able = {name for name, one in leaves(build()) if any("--json" in option.opts for option in one.params)}
    assert able == {*GIVEN, *SEEN_ELSEWHERE}


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    try:
        code = run(words)
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 0
    return capsys.readouterr().out


@pytest.fixture
def _signed_in(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.csv").write_text("Account_Name\nOf a test\n", encoding="utf-8")
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_signed_in")
@pytest.mark.parametrize("name", GIVEN)
def test_a_command_prints_json_when_asked_to(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    said(["auth", "status"], capsys)  # takes the sign-in of the environment into the store
    said(["token", "create", "reporting"], capsys)
    assert isinstance(json.loads(said([*name.split(), *GIVEN[name].split(), "--json"], capsys)), dict | list)
