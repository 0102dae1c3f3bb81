"""Commands of the shell: their result on stdout, nothing else there, and exit codes that scripts can use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.child import environment
from zohocrm_mcp._version import __version__
from zohocrm_mcp.cli._commands import build
from zohocrm_mcp.cli.main import run
from zohocrm_mcp.config import Settings


def ran(*arguments: str) -> int:
    """Run a command in this process and return its exit code."""
    try:
        return run(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZOHO_MCP_DATA_DIR", str(tmp_path))


@pytest.fixture
def _signed_in(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if name in settings.model_fields_set and name != "data_dir":
            monkeypatch.setenv(str(field.alias), str(getattr(value, "get_secret_value", lambda value=value: value)()))


@pytest.mark.parametrize("arguments", [[], ["serve"], ["doctor"], ["auth", "login"], ["call"]])
def test_the_version_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(*arguments, "--version") == 0
    assert capsys.readouterr().out == f"zohocrm-mcp {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("--help") == 0
    shown = capsys.readouterr().out
    assert {"serve", "simulator", "tools", "call", "config"} <= set(build().commands)
    assert all(name in shown for name in build().commands)


def test_the_tools_are_listed_with_what_they_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("tools", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["get_account"]["toolset"], rows["get_account"]["risk"]) == ("accounts", "read")
    assert rows["update_account"]["risk"] == "write"
    assert all(row["characters"] > row["tokens"] > 0 for row in rows.values())


def test_the_table_of_tools_ends_with_the_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("tools") == 0
    *_, last = capsys.readouterr().out.splitlines()
    count, characters, _ = last.split()
    assert int(count) > 8
    assert int(characters) < 30_000


def test_a_setting_decides_what_is_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ZOHO_MCP_READ_ONLY", "true")
    assert ran("tools", "--json") == 0
    assert {row["risk"] for row in json.loads(capsys.readouterr().out)} == {"read"}


@pytest.mark.usefixtures("_signed_in")
def test_a_call_prints_its_structured_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("call", "get_accounts", '{"limit": 2}') == 0
    assert json.loads(capsys.readouterr().out)["count"] == 2


@pytest.mark.usefixtures("_signed_in")
def test_a_call_that_fails_prints_the_error_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("call", "get_account", '{"account_id": "1"}') == 1
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "not_found"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["call", "get_acount"], "Unknown tool: get_acount. Did you mean get_account?"),
        (["call", "get_account", "{"], "The arguments are no JSON"),
        (["call", "get_account", "[]"], "The arguments are no JSON object."),
    ],
)
def test_a_call_that_makes_no_sense_exits_with_2_and_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"zohocrm-mcp: {sentence}")


def test_a_wrong_setting_exits_with_2_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZOHO_SDK_REGION", "mars")
    assert ran("tools") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "ZOHO_SDK_REGION is 'mars'" in line


def test_config_names_a_program_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("config", "--client", "cursor", "--demo") == 0
    server = json.loads(capsys.readouterr().out)["mcpServers"]["zohocrm"]
    assert server["args"] == ["serve", "--demo"]
    assert Path(server["command"]).is_absolute()


def test_a_call_in_a_process_has_nothing_but_the_result_on_stdout(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "zohocrm_mcp", "call", "get_account", '{"account_id": "x"}']
    done = subprocess.run(command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["kind"] == "invalid_input"
