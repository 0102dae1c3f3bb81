"""Streamable HTTP and SSE as processes, on the loopback."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.sse import sse_client

from support.child import END, Child, environment, serve

SIGN_IN = dict.fromkeys(("ZOHO_SDK_CLIENT_ID", "ZOHO_SDK_CLIENT_SECRET", "ZOHO_SDK_REFRESH_TOKEN"), "x")


@contextmanager
def listening(folder: Path, transport: str) -> Iterator[tuple[Child, str]]:
    hosts = {"ZOHO_SDK_API_URL": "http://127.0.0.1:1", "ZOHO_SDK_ACCOUNTS_URL": "http://127.0.0.1:1/token"}
    nowhere = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"
    env = environment(folder, DATABASE_URL=nowhere, ZOHO_MCP_LOG_FORMAT="json", **SIGN_IN, **hosts)
    with Child(*serve("--transport", transport, "--port", "0"), env=env, cwd=folder) as child:
        yield child, json.loads(child.error_line("listening"))["url"]


@pytest.mark.anyio
@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_streamable_http_serves_both_eras(tmp_path: Path, era: Any) -> None:
    with listening(tmp_path, "http") as (_, url):
        assert url.endswith("/mcp")
        async with Client(url, mode=era) as client:
            assert (await client.list_tools()).tools
            result = await client.call_tool("list_modules", {})
            assert result.is_error
            assert result.structured_content is not None
            assert result.structured_content["error"]["kind"] == "unavailable"


@pytest.mark.anyio
async def test_sse_serves_several_clients_at_once(tmp_path: Path) -> None:
    with listening(tmp_path, "sse") as (_, url):
        assert url.endswith("/sse")
        async with Client(sse_client(url)) as first, Client(sse_client(url)) as second:
            assert (await first.list_tools()).tools == (await second.list_tools()).tools


@pytest.mark.parametrize("transport", ["http", "sse", "http+sse"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(tmp_path: Path, transport: str, number: signal.Signals) -> None:
    with listening(tmp_path, transport) as (child, _):
        child.process.send_signal(number)
        assert child.exit_code() == 0
        assert "Traceback" not in child.errors()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com"])  # noqa: S104 -- refused is what is tested
def test_a_host_beyond_the_loopback_is_refused_while_there_is_no_authentication(tmp_path: Path, host: str) -> None:
    command = serve("--transport", "http", "--host", host)
    with Child(*command, env=environment(tmp_path, **SIGN_IN), cwd=tmp_path) as child:
        assert child.receive() is END
        assert child.exit_code() == 2
        (line,) = child.errors().splitlines()
    assert "--host" in line
    assert "authentication" in line


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = serve("--transport", "http", "--port", port)
        with Child(*command, env=environment(tmp_path, **SIGN_IN), cwd=tmp_path) as child:
            assert child.exit_code() == 2
            (line,) = child.errors().splitlines()
    assert f"--port is {port}" in line
