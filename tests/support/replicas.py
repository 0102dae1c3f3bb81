"""Two servers behind the nginx configuration of deploy/, over one database."""

from __future__ import annotations

import base64
import socket
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from conftest import settings_for
from support.callers import environment_of
from support.child import SECONDS, Child, environment, serve
from zohocrm_mcp.simulator import Simulator

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "zohocrm-mcp.conf"
TOKEN = "a-bearer-token-of-the-tests-0123456789"
AROUND = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  log_format upstream '$upstream_addr'; access_log {folder}/access.log upstream;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxied;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/site.conf;
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Replicas:
    """Servers by their port. ``url`` is the proxy's."""

    def __init__(self, folder: Path, simulator: Simulator, database_url: str) -> None:
        self._folder = folder
        settings = settings_for(simulator, database_url, folder, read_timeout=60)
        shared = {
            "ZOHO_MCP_ENCRYPTION_KEYS": base64.b64encode(bytes(32)).decode(),
            "ZOHO_MCP_REQUEST_STATE_KEYS": "shared by the replicas of these tests",
            "ZOHO_MCP_HTTP_TOKENS": TOKEN,
            "ZOHO_MCP_LOG_FORMAT": "json",
        }
        self._environment = environment(folder, **{**environment_of(settings), **shared})
        self.ports = (free_port(), free_port())
        self.running: dict[int, Child] = {}
        self.started: list[Child] = []
        self._proxy_port = free_port()
        self.url = f"http://127.0.0.1:{self._proxy_port}/mcp"

    def start(self, port: int) -> Child:
        child = Child(*serve("--transport", "http", "--port", str(port)), env=self._environment, cwd=self._folder)
        self.running[port] = child
        self.started.append(child)
        child.error_line("listening")
        return child

    def direct(self, number: int) -> str:
        """The address of one replica, past the proxy."""
        return f"http://127.0.0.1:{self.ports[number]}/mcp"

    def kill(self, port: int) -> None:
        self.running[port].process.kill()
        self.running[port].process.wait(SECONDS)

    @contextmanager
    def proxy(self) -> Iterator[None]:
        """Run nginx with the configuration that deploy/ holds, its ports changed for free ones."""
        text = CONFIGURATION.read_text(encoding="utf-8")
        for port, there in zip((self._proxy_port, *self.ports), (8000, 8001, 8002), strict=True):
            text = text.replace(f"127.0.0.1:{there}", f"127.0.0.1:{port}")
        (self._folder / "site.conf").write_text(text, encoding="utf-8")
        main = self._folder / "nginx.conf"
        main.write_text(AROUND.format(folder=self._folder), encoding="utf-8")
        with subprocess.Popen(["nginx", "-c", str(main), "-e", str(self._folder / "error.log")]) as nginx:
            try:
                yield
            finally:
                nginx.terminate()

    def answered(self) -> Counter[int]:
        """How many requests each replica has answered; one that was tried in vain before counts too."""
        lines = (self._folder / "access.log").read_text().split()
        return Counter(int(address.rpartition(":")[2].strip(",")) for address in lines if ":" in address)


@contextmanager
def replicas(folder: Path, simulator: Simulator, database_url: str) -> Iterator[Replicas]:
    made = Replicas(folder, simulator, database_url)
    try:
        for port in made.ports:
            made.start(port)
        with made.proxy():
            yield made
    finally:
        for child in made.started:
            child.__exit__(None, None, None)


@asynccontextmanager
async def caller(url: str, mode: Literal["auto", "legacy"] = "auto", **options: Any) -> AsyncIterator[Client]:
    """A client with the token of the tests."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=120, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, **options) as client,
    ):
        yield client
