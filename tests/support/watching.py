"""A server in a process of its own over a test's simulator and database, and what its probes and numbers say."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult
from prometheus_client.parser import text_string_to_metric_families

from conftest import settings_for
from support.callers import environment_of
from support.child import SECONDS, Child, environment, serve
from zohocrm_mcp.simulator import Simulator

PREFIX = "zohocrm_mcp_"


class Watched:
    """``base`` is the address of the server without a path."""

    def __init__(self, child: Child, headers: Mapping[str, str]) -> None:
        self.child, self.headers = child, dict(headers)
        self.base = str(json.loads(child.error_line('"listening"'))["url"]).rpartition("/")[0]

    def get(self, path: str, **headers: str) -> httpx2.Response:
        with httpx2.Client(trust_env=False, timeout=30) as client:
            return client.get(f"{self.base}{path}", headers=headers)

    def numbers(self) -> Numbers:
        answer = self.get("/metrics", **self.headers)
        assert answer.status_code == 200, answer.text
        return Numbers(answer.text)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        async with (
            httpx2.AsyncClient(headers=self.headers, timeout=60, trust_env=False) as http,
            Client(streamable_http_client(f"{self.base}/mcp", http_client=http)) as client,
        ):
            yield client

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        async with self.client() as client:
            return await client.call_tool(tool, arguments)

    def until_ready(self) -> None:
        until(lambda: self.get("/readyz").status_code == 200)

    def logged(self) -> list[dict[str, Any]]:
        """What the process has logged so far, as JSON."""
        return [json.loads(line) for line in self.child._errors]


class Numbers:
    """A scrape, parsed."""

    def __init__(self, text: str) -> None:
        self.samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
        self.names = {sample.name for sample in self.samples}

    def __call__(self, name: str, **labels: str) -> float:
        """The sum of all samples of a name that have these labels."""
        found = [one for one in self.samples if one.name == PREFIX + name and labels.items() <= one.labels.items()]
        return sum(sample.value for sample in found)


@contextmanager
def watched(
    folder: Path,
    simulator: Simulator,
    database_url: str,
    *options: str,
    headers: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Watched]:
    settings = settings_for(simulator, database_url, folder)
    told = environment(folder, **{**environment_of(settings), "ZOHO_MCP_LOG_FORMAT": "json", **(env or {})})
    command = serve("--transport", "http", "--port", "0", *options)
    with Child(*command, env=told, cwd=folder) as child:
        yield Watched(child, headers or {})


@contextmanager
def demo(folder: Path) -> Iterator[Watched]:
    """The built-in simulator, with an embedded PostgreSQL in ``folder/data`` that is the caller's to stop."""
    command = serve("--demo", "--transport", "http", "--port", "0")
    with Child(*command, env=environment(folder / "data", ZOHO_MCP_LOG_FORMAT="json"), cwd=folder) as child:
        yield Watched(child, {})


def until(condition: Callable[[], bool]) -> None:
    """Wait for something in another process, which nothing announces."""
    bound = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < bound, "it did not happen"
        time.sleep(0.05)
