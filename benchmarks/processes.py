"""The processes that are measured, and how to speak to them: one JSON text a line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

ROOT = Path(__file__).parent.parent
STOP_SECONDS = 10.0
EDITION = "enterprise"


class Process:
    """A Python module in a process of its own, started with nothing of our environment but the path."""

    def __init__(self, module: str, *options: str, log: Path, env: dict[str, str] | None = None) -> None:
        pipe = subprocess.PIPE
        with log.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603 -- our own
                [sys.executable, "-m", module, *options],
                stdin=pipe, stdout=pipe, stderr=errors, cwd=ROOT, env={**_kept(), **(env or {})},
            )  # fmt: skip
        self.log = log
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"A process has ended:\n{self.log.read_text()[-2000:]}")
        received: dict[str, Any] = json.loads(line)
        return received


def run(module: str, *options: str, env: dict[str, str]) -> float:
    """Run a command to its end and return the CPU seconds it took."""
    command = [sys.executable, "-m", module, *options]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**_kept(), **env})  # noqa: S603
    _, code, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(code)
    if started.returncode:
        raise RuntimeError(f"{module} {options} has failed.")
    return used.ru_utime + used.ru_stime


def _kept() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ}


class Worker(Process):
    """Does what it is told: one of the functions of its module, see ``serve``."""

    def do(self, work: str, **given: Any) -> Any:
        self.send({"work": work, **given})
        return self.receive()["result"]


def json_of(value: object) -> str:
    return json.dumps(value)


def orders() -> Iterator[dict[str, Any]]:
    """Yield what a worker is told, in the worker."""
    for line in sys.stdin:
        yield json.loads(line)


def answer(result: object) -> None:
    """Answer an order, in the worker."""
    sys.stdout.write(json.dumps({"result": result}) + "\n")
    sys.stdout.flush()


class McpProcess(Process):
    """An MCP server on stdio."""

    _last_id = 0

    def greet(self) -> None:
        about = {"name": "benchmarks", "version": "1"}
        self.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=about)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and return its result; notices that come before it are passed over."""
        self._last_id += 1
        self.send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        while (message := self.receive()).get("id") != self._last_id:
            pass
        result: dict[str, Any] = message["result"]
        return result

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return its structured content; one that fails ends the measurement."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        if result.get("isError"):
            raise RuntimeError(f"{tool} failed: {result}")
        content: dict[str, Any] = result["structuredContent"]
        return content


class Crm(Process):
    """The simulator; ``ready`` is what it says of itself."""

    def __init__(self, accounts: int, log: Path) -> None:
        super().__init__("zohocrm_mcp.cli.simulator", "--accounts", str(accounts), "--profile", EDITION, log=log)
        self.accounts = accounts
        self.ready = self.receive()

    @property
    def environment(self) -> dict[str, str]:
        """What sends the product to it."""
        names = ("api_url", "accounts_url", "upload_url", "client_id", "client_secret", "refresh_token")
        return {f"ZOHO_SDK_{name.upper()}": self.ready[name] for name in names}

    def client(self) -> httpx2.Client:
        headers = {"Authorization": f"Zoho-oauthtoken {self.ready['access_token']}"}
        return httpx2.Client(base_url=self.ready["api_url"], headers=headers, trust_env=False, timeout=60)

    def prepare(self, latency: float = 0.0) -> None:
        """Set the seconds that every call takes, forget the calls so far, and give all credits back."""
        with self.client() as client:
            client.patch("/_simulator/settings", json={"latency_ms": latency * 1000}).raise_for_status()
            for what in ("requests", "credits"):
                client.delete(f"/_simulator/{what}").raise_for_status()

    def ids(self, count: int) -> list[str]:
        """Return the ids of so many accounts, the lowest first."""
        found: list[str] = []
        with self.client() as client:
            while len(found) < count:
                after = found[-1] if found else "0"
                where = f"id > {after} order by id asc limit {min(count - len(found), 2000)}"
                query = f"select id from Accounts where {where}"  # noqa: S608 -- ids of the simulator
                rows = client.post("/crm/v8/coql", json={"select_query": query}).json()["data"]
                found += [row["id"] for row in rows]
        return found

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls of Zoho since ``prepare``: method, path, query and body of each."""
        with self.client() as client:
            found = client.get("/_simulator/requests").json()["requests"]
        told = ("method", "path", "query", "body")
        return [{name: one[name] for name in told} for one in found if one["path"].startswith("/crm/")]

    def table_fields(self) -> list[str]:
        """Return the fields that a list shows, at most 50, those that most accounts have a value in first."""
        with self.client() as client:
            fields = client.get("/crm/v8/settings/fields", params={"module": "Accounts"}).json()["fields"]
            alone = ("subform", "profileimage", "layout")
            names = [one["api_name"] for one in fields if one["data_type"] not in alone and one["api_name"] != "id"][
                :50
            ]
            rows = client.get("/crm/v8/Accounts", params={"fields": ",".join(names)}).json()["data"]
        return sorted(names, key=lambda name: -sum(row[name] not in (None, []) for row in rows))
