"""A server in a process of its own, spoken to line by line: what a client of any language does."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

SECONDS = 60.0
"""Longer than anything takes; a test that waits so long has failed."""

END: dict[str, Any] = {}


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The environment of this process without settings of the product, and with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZOHO_", "DATABASE_"))}
    return {**kept, "ZOHO_MCP_DATA_DIR": str(data_dir), **more}


class Child:
    """``command`` is run with pipes; leaving the block kills what is left of it."""

    def __init__(self, *command: str, env: dict[str, str], cwd: Path | None = None) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=env, cwd=cwd)
        self._messages: queue.SimpleQueue[dict[str, Any] | ValueError] = queue.SimpleQueue()
        self._errors: list[bytes] = []
        self._last_id = 0
        self._threads = [
            threading.Thread(target=self._read_messages, args=[self.process.stdout], daemon=True),
            threading.Thread(target=self._read_errors, args=[self.process.stderr], daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(SECONDS)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and not stream.closed:
                _close(stream)

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, **message: Any) -> None:
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and return its answer; what comes before it is passed over."""
        self._last_id += 1
        self.send(id=self._last_id, method=method, params=params)
        return self.answer(self._last_id)

    def answer(self, request: int | str) -> dict[str, Any]:
        while (message := self.receive()).get("id") != request:
            assert message is not END, f"the server ended: {self.errors()}"
        return message

    def receive(self) -> dict[str, Any]:
        """Return the next message, ``END`` at the end; anything else than JSON-RPC on stdout is an error."""
        message = self._messages.get(timeout=SECONDS)
        if isinstance(message, ValueError):
            raise message
        if message is END:
            self._messages.put(END)
        return message

    def greet(self, version: str = "2025-11-25") -> dict[str, Any]:
        """Shake hands and return what the server says of itself."""
        about = {"name": "test", "version": "1"}
        answer = self.ask("initialize", protocolVersion=version, capabilities={}, clientInfo=about)
        self.send(method="notifications/initialized")
        result: dict[str, Any] = answer["result"]
        return result

    def hang_up(self) -> None:
        assert self.process.stdin
        _close(self.process.stdin)

    def exit_code(self) -> int:
        """Wait for the end; whatever still comes on stdout must be JSON-RPC too."""
        code = self.process.wait(SECONDS)
        while self.receive() is not END:
            pass
        return code

    def error_line(self, text: str) -> str:
        """Wait for a line on stderr that holds ``text``."""
        bound = time.monotonic() + SECONDS
        while time.monotonic() < bound and self._threads[1].is_alive():
            if line := next((line.decode() for line in self._errors if text in line.decode()), ""):
                return line
            time.sleep(0.02)
        raise AssertionError(f"{text!r} did not appear in {self._errors}")

    def errors(self) -> str:
        """What stands on stderr, when the process has ended."""
        self._threads[1].join(SECONDS)
        return b"".join(self._errors).decode()

    def _read_messages(self, stream: IO[bytes]) -> None:
        for line in stream:
            try:
                message = json.loads(line)
                assert message["jsonrpc"] == "2.0"
            except (ValueError, TypeError, KeyError, AssertionError):
                self._messages.put(ValueError(f"no JSON-RPC on stdout: {line!r}"))
            else:
                self._messages.put(message)
        self._messages.put(END)

    def _read_errors(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._errors.append(line)


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return


def serve(*options: str) -> tuple[str, ...]:
    """The command line of the server, by the interpreter that runs the tests."""
    return (sys.executable, "-m", "zohocrm_mcp", "serve", *options)
