"""Everything the rows are measured on: started when the first row wants it, kept for the others, ended at the end."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.processes import Crm, McpProcess, Worker, json_of

IDLE_SECONDS = 3600.0
ACCOUNTS = 10_000
LISTEN_SECONDS = 30.0
Databases = Callable[[], str]


class Database:
    """The embedded PostgreSQL of the run, as the product starts it; ``url`` makes a fresh database."""

    def __init__(self, folder: Path) -> None:
        from zohocrm_mcp.db.embedded import ensure
        from zohocrm_mcp.db.layout import Layout
        from zohocrm_mcp.db.state import State

        self._ensure, self._folder, self._made = ensure, folder, 0
        ensure(folder, idle_seconds=IDLE_SECONDS)
        state = State.read(Layout.of(folder).state)
        assert state
        self._supervisor = state.supervisor_pid
        self.pids = (state.supervisor_pid, state.server_pid)

    def url(self) -> str:
        self._made += 1
        return self._ensure(self._folder, f"bench_{self._made}")

    def stop(self) -> None:
        os.kill(self._supervisor, signal.SIGTERM)


class Stage:
    """``databases`` gives the URL of an empty database each time; without it the product's own server is started.

    ``database_pids`` are the processes of that server: their CPU counts as the product's.
    """

    def __init__(self, folder: Path, accounts: int = ACCOUNTS, databases: Databases | None = None) -> None:
        self.folder, self._accounts = folder, accounts
        self._databases = databases
        self._stack = ExitStack()
        self.database_pids: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        if self._databases is None:
            database = Database(self.folder / "data")
            self._databases, self.database_pids = database.url, database.pids
            self._stack.callback(database.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @cached_property
    def crm(self) -> Crm:
        return self._stack.enter_context(self.new_crm(self._accounts))

    @cached_property
    def floor(self) -> Worker:
        return self._stack.enter_context(self.new_floor(self.crm))

    @cached_property
    def typed(self) -> Worker:
        folder = self.folder / "typed"
        folder.mkdir()
        return self._stack.enter_context(
            Worker("benchmarks.typed", json_of(self.crm.ready), str(folder), log=self._log("typed"))
        )

    @cached_property
    def bare(self) -> McpProcess:
        return self._stack.enter_context(self.new_bare())

    @cached_property
    def server(self) -> McpProcess:
        return self._stack.enter_context(self.serving(self.crm, self.environment(self.crm)))

    def new_crm(self, accounts: int) -> Crm:
        return Crm(accounts, self._log("simulator"))

    def new_floor(self, crm: Crm) -> Worker:
        return Worker("benchmarks.floor", json_of(crm.ready), log=self._log("floor"))

    def bare_process(self) -> McpProcess:
        """Start the bare MCP SDK; nobody has greeted it."""
        return McpProcess("benchmarks.echo", log=self._log("echo"))

    @contextmanager
    def new_bare(self) -> Iterator[McpProcess]:
        with self.bare_process() as bare:
            bare.greet()
            yield bare

    def environment(self, crm: Crm, **settings: str) -> dict[str, str]:
        """Return what a server needs; ``settings`` are those of the product, a database of its own if none is named."""
        assert self._databases
        database = {} if "DATABASE_URL" in settings else {"DATABASE_URL": self._databases()}
        folder = {"ZOHO_MCP_DATA_DIR": str(self.folder / "keys"), "ZOHO_MCP_LOG_LEVEL": "WARNING"}
        return {**folder, **database, **crm.environment, **settings}

    def new_server(self, environment: dict[str, str], *options: str) -> McpProcess:
        """Start the product; nobody has greeted it."""
        return McpProcess("zohocrm_mcp", "serve", *options, log=self._log("serve"), env=environment)

    @contextmanager
    def serving(self, crm: Crm, environment: dict[str, str]) -> Iterator[McpProcess]:
        """A server on stdio that has answered a first call."""
        with self.new_server(environment) as server:
            server.greet()
            server.ask("tools/list")
            server.call("get_account", account_id=crm.ids(1)[0])
            yield server

    @contextmanager
    def serving_http(self, crm: Crm) -> Iterator[str]:
        """A server on HTTP, at ``/mcp`` of the address that is yielded."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        with self.new_server(self.environment(crm), "--transport", "http", "--port", str(port)):
            _await_listener(port)
            yield f"http://127.0.0.1:{port}"

    def counted(self, server: McpProcess) -> tuple[int, ...]:
        """Return the processes whose CPU counts as the product's."""
        return (server.pid, *self.database_pids)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def _await_listener(port: int) -> None:
    until = time.monotonic() + LISTEN_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
