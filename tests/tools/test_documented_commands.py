"""Every command in the documents is one that works: run here, over the simulator, or told why it cannot be."""

from __future__ import annotations

import contextlib
import re
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from support.callers import environment_of
from support.child import SECONDS, Child, environment, serve
from support.documents import commands, mentioned
from support.queued import working
from zohocrm_mcp.cli._commands import build
from zohocrm_mcp.cli.main import run
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.waiting import until

OURS = "zohocrm-mcp "
NOT_RUN = {
    "python3 -m venv": "the walk of a new user does it, in tests/e2e/test_walk.py",
    "uv pip install --require-hashes": "tests/e2e/test_walk.py does it",
    "uv run nox -l": "tests/contract/test_packages.py lists them",
    "UPDATE_": "renews what tests compare",
    "python -m evaluations": "tests/wire/test_evaluations.py does",
    "export ": "sets variables",
    "zohocrm-mcp demo": "tests/e2e/test_demo.py runs it",
    "zohocrm-mcp auth login": "wants a browser; tests/e2e/test_login_in_a_browser.py has one",
    "zohocrm-mcp serve --connection emea": "nobody is emea here; tests/wire/test_auth_commands.py has a name",
    "zohocrm-mcp auth exchange": "wants a code of a moment ago; tests/wire/test_auth_commands.py has one",
}
ENDS_WITH = {
    "zohocrm-mcp auth logout --connection emea": 2,  # there are no such things here
    "zohocrm-mcp exports delete 0b0c5dfb-9c8d-4a51-9d5e-3f6f7f4fd7a1": 2,
}
BEFORE = {
    "zohocrm-mcp auth logout": "zohocrm-mcp auth status",  # takes the sign-in of the environment into the store
    "zohocrm-mcp token revoke reporting": "zohocrm-mcp token create reporting",
}
LINES = [line for line in commands() if not line.startswith(tuple(NOT_RUN))]
GOES_ON = re.compile(
    r"zohocrm-mcp (serve|worker|simulator(?!.* --guesses)|sync .*--every (?!off))"  # until it is ended
)


@pytest.fixture
def variables(settings: Settings) -> dict[str, str]:
    """The environment of somebody who has signed in at the simulator."""
    return environment_of(settings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files that the examples name are."""
    (tmp_path / "accounts.csv").write_text("Account_Name,Industry\nDocumented Ltd,Retail\n", encoding="utf-8")
    (tmp_path / "leads.csv").write_text("Company,Notes\nDocumented Inc,met in May\n", encoding="utf-8")
    return tmp_path


def ended(line: str) -> int:
    """Run a command of ours in this process and return its exit code."""
    try:
        return run(shlex.split(line)[1:])
    except SystemExit as over:
        return int(over.code or 0)


def test_there_are_commands() -> None:
    assert len(LINES) > 30


@pytest.mark.parametrize("beginning", NOT_RUN)
def test_what_is_not_run_is_still_in_the_documents(beginning: str) -> None:
    assert any(line.startswith(beginning) for line in commands())


def test_nothing_is_left_that_nobody_runs() -> None:
    """What stands here works nowhere yet: run it, or say in NOT_RUN why no test does."""
    assert [line for line in LINES if not line.startswith(OURS)] == []


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith(OURS) and not GOES_ON.match(line)])
def test_a_command_in_the_documents_works(
    line: str,
    variables: dict[str, str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if line in BEFORE:
        assert ended(BEFORE[line]) == 0
    code = ended(line)
    assert code == ENDS_WITH.get(line, 0), capsys.readouterr()


@pytest.mark.parametrize("line", [line for line in LINES if GOES_ON.match(line)])
def test_a_command_that_goes_on_goes_on_until_it_is_ended(line: str, settings: Settings, folder: Path) -> None:
    _, *words = shlex.split(re.sub(r"--port \d+", "--port 0", line))
    program, *module, _ = serve()
    with Child(program, *module, *words, env=environment(folder, **environment_of(settings)), cwd=folder) as child:
        UNDER_WAY[words[0]](child, words, settings)
        child.process.send_signal(signal.SIGTERM)
        assert child.process.wait(60) in (0, 130)
        with contextlib.suppress(ValueError):
            child.receive()


def _serving(child: Child, words: list[str], _settings: Settings) -> None:
    if "http" in words:
        child.error_line("listening")
    else:
        child.greet()


def _printing(child: Child, _words: list[str], _settings: Settings) -> None:
    with pytest.raises(ValueError, match="api_url"):  # a line that is no message of the protocol
        child.receive()


def _telling(child: Child, _words: list[str], _settings: Settings) -> None:
    child.error_line("is current")


def _working(_child: Child, _words: list[str], settings: Settings) -> None:
    assert until(lambda: working(settings), SECONDS)


UNDER_WAY: dict[str, Callable[[Child, list[str], Settings], None]] = {
    "serve": _serving,
    "simulator": _printing,
    "sync": _telling,
    "worker": _working,
}


@pytest.mark.parametrize("line", mentioned())
def test_a_command_in_a_sentence_is_understood(line: str) -> None:
    """Words in capitals, and in brackets, stand for what a reader puts there."""
    words = [word for word in shlex.split(line)[1:] if word not in ("…", "-")]
    path: list[str] = []
    command = build()
    while words and words[0] in getattr(command, "commands", {}):
        command, path = command.commands[words[0]], [*path, words.pop(0)]
    assert path, line
    taken = {option for parameter in command.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= taken
