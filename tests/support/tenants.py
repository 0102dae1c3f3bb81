"""Two companies at one HTTP server: each signed in at a simulator of its own, with callers of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest
from mcp import Client
from mcp.client.session import MessageHandlerFnT
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from support.child import Child, environment, serve
from support.clients import Era
from support.postgres import TestCluster
from support.rows import row_of
from zohocrm_mcp.access import tokens
from zohocrm_mcp.access.caller import Role
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import rows
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.simulator import Simulator

Wire = Literal["auto", "legacy", "sse"]
WIRES: list[Wire] = ["auto", "legacy", "sse"]
KEYS = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
COMPANIES = ("acme", "contoso")
_SAID = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28"}
_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
}


@dataclass(frozen=True)
class Companies:
    """Where they are signed in, and the database that holds it."""

    simulators: dict[str, Simulator]
    database: Database
    database_url: str
    folder: Path

    def token(self, name: str, connection: str, role: Role = "write", good_for: timedelta | None = None) -> str:
        with self.database.connection() as db:
            return tokens.create(db, name, connection, role, good_for)[0]

    def sign_in(self, connection: str, simulator: Simulator) -> None:
        given = {"database_url": self.database_url, "data_dir": self.folder, "encryption_keys": KEYS}
        with self.database.connection() as db:
            rows.save(db, load_keyring(Settings.model_validate(given)), row_of(simulator, connection))

    def revoke(self, name: str) -> None:
        with self.database.connection() as db:
            tokens.revoke(db, name)

    def variables(self, **more: str) -> dict[str, str]:
        shared = {"DATABASE_URL": self.database_url, "ZOHO_MCP_ENCRYPTION_KEYS": KEYS, "ZOHO_MCP_LOG_FORMAT": "json"}
        return environment(self.folder, **shared, **more)

    @contextmanager
    def serving(self, *options: str, **more: str) -> Iterator[Server]:
        """Run a server in a process of its own, over both kinds of HTTP."""
        command = serve("--transport", "http+sse", "--port", "0", *options)
        with Child(*command, env=self.variables(**more), cwd=self.folder) as child:
            url = str(json.loads(child.error_line('"listening"'))["url"])
            yield Server(child, url.removesuffix("/mcp"))


@dataclass(frozen=True)
class Server:
    child: Child
    root: str

    @property
    def url(self) -> str:
        return f"{self.root}/mcp"

    @asynccontextmanager
    async def client(
        self,
        token: str = "",
        wire: Wire = "auto",
        *,
        heard: MessageHandlerFnT | None = None,
        headers: Mapping[str, str] | None = None,
        auth: httpx2.Auth | None = None,
    ) -> AsyncIterator[Client]:
        """A real client that brings a token; ``heard`` gets what the server sends unasked."""
        given = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        era: Era = "auto" if wire == "auto" else "legacy"
        if wire == "sse":
            stream = sse_client(f"{self.root}/sse", headers=given)
            async with Client(stream, mode="legacy", message_handler=heard) as connected:
                yield connected
            return
        async with (
            httpx2.AsyncClient(headers=given, auth=auth, timeout=30, trust_env=False) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=era, message_handler=heard) as connected,
        ):
            yield connected

    def ask(self, token: str, method: str, name: str, **params: Any) -> dict[str, Any]:
        """Ask by hand, as a client of the stateless revision that can ask its person; returns the whole answer."""
        said = {**_SAID, "Mcp-Method": method, "Mcp-Name": name, "Authorization": f"Bearer {token}"}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": name, **params, "_meta": _META}}
        text = httpx2.post(self.url, json=body, headers=said, timeout=30).text
        lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
        answer: dict[str, Any] = json.loads(lines[-1] if lines else text)
        return answer

    def post(self, token: str = "", **headers: str) -> httpx2.Response:
        """Ask for the tool list, by hand."""
        given = {"Authorization": f"Bearer {token}"} if token else {}
        said = {**_SAID, "Mcp-Method": "tools/list", **given, **headers}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": _META}}
        return httpx2.post(self.url, json=body, headers=said, timeout=30)


@contextmanager
def companies(postgres_cluster: TestCluster, folder: Path) -> Iterator[Companies]:
    """Sign both in, in a database of their own."""
    url = postgres_cluster.create()
    database = Database(lambda: url)
    with Simulator(accounts=30, seed=1) as acme, Simulator(accounts=20, seed=7) as contoso:
        contoso.org(company_name="Contoso", zgid="999")
        made = Companies(dict(zip(COMPANIES, (acme, contoso), strict=True)), database, url, folder)
        for name, simulator in made.simulators.items():
            made.sign_in(name, simulator)
        yield made
    database.close()
    postgres_cluster.drop(url)


@pytest.fixture(name="both", scope="module")
def both_companies(postgres_cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    with companies(postgres_cluster, tmp_path_factory.mktemp("companies")) as made:
        yield made
