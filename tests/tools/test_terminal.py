"""What every command of the shell keeps to: an example in its help, JSON when asked for, no colours when unwanted."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handbook.commands import leaves
from support.child import SECONDS, environment
from zohocrm_mcp.app import catalog
from zohocrm_mcp.cli._commands import EXIT_CODES, build
from zohocrm_mcp.cli.main import run

NO_DATA = {
    "demo": "tells a story to a person",
    "serve": "speaks the protocol",
    "worker": "works until it is ended",
    "call": "prints JSON always",
    "config": "prints JSON always",
}
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")
"""How a terminal is told one; bold and dim are none (https://no-color.org)."""


COMMANDS = dict(leaves(build()))


def options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


def examples(name: str) -> list[str]:
    _, *lines = (COMMANDS[name].epilog or "").splitlines()
    return [line.strip() for line in lines]


def said(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_a_command_does_and_gives_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(*name.split(), "--help", capsys=capsys)
    assert "Examples:" in text
    assert f"zohocrm-mcp {name}" in text[text.index("Examples:") :]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_for(name: str) -> None:
    assert [one.name for one in COMMANDS[name].params if not one.help] == []


@pytest.mark.parametrize(("name", "line"), [(name, line) for name in COMMANDS for line in examples(name)])
def test_an_example_is_a_call_that_its_command_understands(name: str, line: str) -> None:
    program, *words = shlex.split(line)
    arguments = words[len(name.split()) :]
    assert (program, words[: len(name.split())]) == ("zohocrm-mcp", name.split())
    COMMANDS[name].make_context(name, list(arguments))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_tells_something_tells_it_as_json_too(name: str) -> None:
    assert ("--json" in options(COMMANDS[name])) is (name not in NO_DATA)


def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    text = said("--help", capsys=capsys)
    assert all(re.search(rf"\b{code} +{meaning[:12]}", text) for code, meaning in EXIT_CODES.items())


def test_help_fits_a_terminal_of_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in COMMANDS:
        lines = said(*name.split(), "--help", capsys=capsys).partition("Examples:")[0].splitlines()
        assert [line for line in lines if len(line.rstrip()) > 80] == []


def test_the_table_of_tools_fits_a_terminal_of_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert max(map(len, said("tools", "--all", capsys=capsys).splitlines())) <= 80


def on_a_terminal(folder: Path, *arguments: str, **more: str) -> str:
    """Run a command whose output is a terminal and return what it showed."""
    ours, theirs = pty.openpty()
    env = environment(folder, TERM="xterm-256color", COLUMNS="100", **more)
    command = [sys.executable, "-m", "zohocrm_mcp", *arguments]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs, env=env, cwd=folder)
    os.close(theirs)
    shown = b"".join(iter(lambda: read(ours), b""))
    os.close(ours)
    process.wait(SECONDS)
    return shown.decode()


def read(descriptor: int) -> bytes:
    """Return what there is to read; on Linux the end of a terminal is an error."""
    try:
        return os.read(descriptor, 65_536)
    except OSError:
        return b""


@pytest.mark.parametrize("arguments", [("--help",), ("serve", "--transport", "http", "--demo", "--port", "70000")])
def test_no_color_takes_the_colours_away(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert COLOUR.search(on_a_terminal(tmp_path, "--help"))
    assert not COLOUR.search(on_a_terminal(tmp_path, *arguments, NO_COLOR="1"))


def test_a_call_that_takes_long_shows_a_bar_to_a_person(tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, "call", "--demo", "bulk_read_accounts", NO_COLOR="1")
    assert "bulk_read_accounts" in shown
    assert "━" in shown


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("zohocrm-mcp au", {"auth", "audit"}),
        ("zohocrm-mcp auth lo", {"login", "logout"}),
        ("zohocrm-mcp serve --tr", {"--transport"}),
        ("zohocrm-mcp serve --transport ht", {"http", "http+sse"}),
        ("zohocrm-mcp call get_acc", {"get_account", "get_accounts"}),
        ("zohocrm-mcp config --client vs", {"vscode"}),
    ],
)
def test_the_shell_completes_words(line: str, expected: set[str], tmp_path: Path) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1), "_ZOHOCRM_MCP_COMPLETE": "complete_bash"}
    command = [str(Path(sys.executable).with_name("zohocrm-mcp"))]
    env = environment(tmp_path, **words)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=SECONDS)
    assert set(done.stdout.split()) == expected


def test_the_completion_of_the_shell_that_asks_can_be_shown(tmp_path: Path) -> None:
    program = shlex.quote(str(Path(sys.executable).with_name("zohocrm-mcp")))
    command = ["bash", "-c", f"{program} --show-completion; exit $?"]  # not the last command: bash stays beside it
    done = subprocess.run(
        command, env=environment(tmp_path), capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert "_ZOHOCRM_MCP_COMPLETE=complete_bash" in done.stdout


def test_tools_complete_by_their_beginning() -> None:
    from zohocrm_mcp.cli.call import _names

    assert _names("") == [spec.name for spec in catalog().specs]


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    command = ["sh", "-c", f"{shlex.quote(sys.executable)} -m zohocrm_mcp demo | head -n 1"]
    env = environment(tmp_path, COLUMNS="200")
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert "tools over a simulated Zoho CRM" in done.stdout
    assert done.stderr == ""


def test_guesses_are_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(said("simulator", "--guesses", "--json", capsys=capsys))
    assert len(rows) > 50
    assert all(row["subject"] and row["guess"] for row in rows)
