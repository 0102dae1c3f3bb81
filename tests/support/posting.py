"""Requests to an HTTP server by hand, in both eras of the protocol, and the server they go to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from support.callers import environment_of
from support.child import Child, environment, serve
from zohocrm_mcp.config import Settings

MODERN, LEGACY = "2026-07-28", "2025-11-25"
_ABOUT = "io.modelcontextprotocol/"
META = {
    f"{_ABOUT}protocolVersion": MODERN,
    f"{_ABOUT}clientInfo": {"name": "test", "version": "1"},
    f"{_ABOUT}clientCapabilities": {},
}
_IDS = count(2)
_ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@contextmanager
def serving(
    settings: Settings, folder: Path, *, transport: str = "http", port: int = 0, **more: object
) -> Iterator[tuple[Child, str]]:
    """A server in a process of its own, signed in as ``settings`` say, and its root address."""
    told = {
        **environment_of(settings),
        "ZOHO_MCP_LOG_FORMAT": "json",
        **{f"ZOHO_MCP_{name}": str(value) for name, value in more.items()},
    }
    with Child(
        *serve("--transport", transport, "--port", str(port)), env=environment(folder, **told), cwd=folder
    ) as child:
        url = str(json.loads(child.error_line('"listening"'))["url"])
        yield child, url.rpartition("/")[0]


def modern(method: str, *, name: str = "", **params: Any) -> dict[str, Any]:
    """What `httpx2` takes to send a request of the stateless revision."""
    headers = {**_ACCEPT, "MCP-Protocol-Version": MODERN, "Mcp-Method": method, **({"Mcp-Name": name} if name else {})}
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": method,
        "params": {"_meta": META, **({"name": name} if name else {}), **params},
    }
    return {"headers": headers, "json": body}


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    """A tool call of the stateless revision."""
    return modern("tools/call", name=name, arguments=arguments)


def initialize() -> dict[str, Any]:
    """The request that opens a session of an older revision."""
    params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return {"headers": _ACCEPT, "json": {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}}


def in_session(session: str, method: str, **params: Any) -> dict[str, Any]:
    """A request of a session."""
    headers = {**_ACCEPT, "MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": session}
    return {"headers": headers, "json": {"jsonrpc": "2.0", "id": next(_IDS), "method": method, "params": params}}


def result_of(answer: httpx2.Response) -> dict[str, Any]:
    """The result of a request, plain or as a stream, whose lines end with no other character than a line feed."""
    text = answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        text = [line for line in text.split("\n") if line.startswith("data: {")][-1].removeprefix("data: ")
    result: dict[str, Any] = json.loads(text)["result"]
    return result


def structured(answer: httpx2.Response) -> dict[str, Any]:
    """The structured content of a tool call's answer, plain or as a stream."""
    content: dict[str, Any] = result_of(answer)["structuredContent"]
    return content


def resident_bytes(child: Child) -> int:
    """How much memory a process holds."""
    status = Path(f"/proc/{child.process.pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024
