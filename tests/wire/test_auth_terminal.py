"""At a terminal a person is asked for what is missing; nowhere else is anybody asked for anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import pytest

from support.sign_in import consent, newcomer
from support.tokens import SECONDS, environment_of
from zohocrm_mcp.simulator import Simulator

pty = pytest.importorskip("pty", reason="needs a POSIX terminal")


class Terminal:
    """A command whose stdin is a terminal, seen by the person who sits at it."""

    def __init__(self, *command: str, env: dict[str, str]) -> None:
        self._keyboard, terminal = pty.openpty()
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=terminal, stdout=pipe, stderr=pipe, env=env, start_new_session=True
        )
        os.close(terminal)
        self.said = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate(timeout=SECONDS)
        os.close(self._keyboard)

    def wait_for(self, text: str) -> None:
        """Read what is said until ``text`` is."""
        assert self.process.stderr
        while text.encode() not in self.said:
            heard = os.read(self.process.stderr.fileno(), 1000)
            assert heard, f"{text!r} was never said: {self.said!r}"
            self.said += heard

    def answer(self, question: str, text: str) -> None:
        self.wait_for(question)
        os.write(self._keyboard, f"{text}\n".encode())


def test_what_is_missing_is_asked_for_and_the_secret_is_not_shown(
    simulator: Simulator, database_url: str, tmp_path: Path, free_tcp_port: int
) -> None:
    redirect = f"http://127.0.0.1:{free_tcp_port}/callback"
    settings = newcomer(simulator, database_url, tmp_path, client_id="", client_secret="", redirect_url=redirect)
    environment = {**environment_of(settings), "BROWSER": "true"}
    with Terminal(sys.executable, "-m", "zohocrm_mcp", "auth", "login", env=environment) as terminal:
        terminal.answer("Client id", simulator.client_id)
        terminal.answer("Client secret: ", simulator.client_secret)
        terminal.answer("Data centre", "")
        terminal.wait_for("code_challenge_method=S256\n")
        address = terminal.said.decode().split()[-1]
        assert httpx2.get(consent(address), trust_env=False).status_code == 200
        told, rest = terminal.process.communicate(timeout=SECONDS)
    assert terminal.process.returncode == 0, rest
    assert told.startswith(b"Signed in as ")
    assert f"Its redirect address must be {redirect}".encode() in terminal.said
    assert simulator.client_secret.encode() not in terminal.said + rest + told
