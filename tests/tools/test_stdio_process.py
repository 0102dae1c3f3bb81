"""The server as a process: every revision of the protocol, broken input, stray output, signals and the end of input."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.child import END, Child, environment, serve

NOWHERE = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"
SIGN_IN = dict.fromkeys(("ZOHO_SDK_CLIENT_ID", "ZOHO_SDK_CLIENT_SECRET", "ZOHO_SDK_REFRESH_TOKEN"), "x")
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture
def lonely(tmp_path: Path) -> dict[str, str]:
    """An environment in which neither database nor Zoho can be reached."""
    hosts = {"ZOHO_SDK_API_URL": "http://127.0.0.1:1", "ZOHO_SDK_ACCOUNTS_URL": "http://127.0.0.1:1/token"}
    return environment(tmp_path, DATABASE_URL=NOWHERE, **SIGN_IN, **hosts)


@pytest.fixture
def child(lonely: dict[str, str]) -> Iterator[Child]:
    with Child(*serve(), env=lonely) as running:
        yield running


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_every_revision_with_a_handshake_is_served_without_database_and_network(child: Child, version: str) -> None:
    about = child.greet(version)
    assert about["protocolVersion"] == version
    assert about["serverInfo"]["name"] == "zohocrm-mcp"
    tools = child.ask("tools/list")["result"]["tools"]
    assert "get_account" in {tool["name"] for tool in tools}
    called = child.ask("tools/call", name="list_modules", arguments={})["result"]
    assert called["isError"]
    if version >= "2025-06-18":
        assert called["structuredContent"]["error"]["kind"] == "unavailable"


def test_the_revision_without_a_handshake_is_served_too(child: Child) -> None:
    answer = child.ask("tools/list", _meta=MODERN)
    assert "get_account" in {tool["name"] for tool in answer["result"]["tools"]}
    assert answer["result"]["ttlMs"] == 300_000
    called = child.ask("tools/call", name="list_modules", arguments={}, _meta=MODERN)["result"]
    assert called["structuredContent"]["error"]["kind"] == "unavailable"


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """One server for all that is wrong: it has to stand it."""
    with Child(*serve(), env=environment(tmp_path_factory.mktemp("survivor"), **SIGN_IN)) as running:
        running.greet()
        yield running


@pytest.mark.parametrize(
    ("line", "code", "request_id"),
    [
        (b"no json", -32700, None),
        (b'{"jsonrpc":"2.0","id":1,', -32700, None),
        (b"\xff\xfe", -32700, None),
        (b"[" * 100_000, -32700, None),
        (b"17", -32600, None),
        (b"[]", -32600, None),
        (b'{"jsonrpc":"2.0"}', -32600, None),
        (b'{"jsonrpc":"1.0","id":7,"method":"ping"}', -32600, 7),
        (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":"x","result":5}', -32600, None),
    ],
)
def test_a_line_that_is_no_message_is_answered_and_survived(
    survivor: Child, line: bytes, code: int, request_id: int | None
) -> None:
    survivor.send_bytes(line + b"\n")
    refused = survivor.receive()
    assert (refused["error"]["code"], refused["id"]) == (code, request_id)
    assert survivor.ask("ping")["result"] == {}


def test_blank_lines_and_carriage_returns_are_no_messages(survivor: Child) -> None:
    survivor.send_bytes(b'\n  \r\n{"jsonrpc":"2.0","id":"a","method":"ping"}\r\n')
    assert survivor.receive() == {"jsonrpc": "2.0", "id": "a", "result": {}}


def test_the_messages_of_a_batch_are_answered_one_by_one(survivor: Child) -> None:
    pings = [{"jsonrpc": "2.0", "id": number, "method": "ping"} for number in (101, 102)]
    survivor.send_bytes(json.dumps([*pings, 5]).encode() + b"\n")
    answers = [survivor.receive() for _ in range(3)]
    assert {answer["id"] for answer in answers} == {101, 102, None}


def test_a_message_of_many_megabytes_is_read(survivor: Child) -> None:
    records = [{"id": str(number), "Description": "d" * 500} for number in range(10_000)]
    called = survivor.ask("tools/call", name="bulk_update_accounts", arguments={"records": records, "wrong": 1})
    assert "Unknown argument 'wrong'" in called["result"]["content"][0]["text"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(child: Child, number: signal.Signals) -> None:
    child.greet()
    child.process.send_signal(number)
    assert child.exit_code() == 0
    assert "Traceback" not in child.errors()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_anything_was_said_ends_it_with_0(child: Child, number: signal.Signals) -> None:
    child.send_bytes(b"\n")
    child.ask("ping")
    child.process.send_signal(number)
    assert child.exit_code() == 0


def test_the_end_of_input_ends_it_with_0_after_what_was_asked_is_answered(child: Child) -> None:
    child.greet()
    child.send(id=50, method="tools/call", params={"name": "list_modules", "arguments": {}})
    child.send(id=51, method="tools/list")
    child.hang_up()
    answered = set()
    while (message := child.receive()) is not END:
        answered.add(message["id"])
    assert answered == {50, 51}
    assert child.process.wait(30) == 0


def test_input_from_a_file_is_served_to_its_end(lonely: dict[str, str], tmp_path: Path) -> None:
    import subprocess

    lines: list[dict[str, Any]] = [{"id": 1, "method": "tools/list", "params": {"_meta": MODERN}}]
    source, sink = tmp_path / "in", tmp_path / "out"
    source.write_text("".join(json.dumps({"jsonrpc": "2.0", **line}) + "\n" for line in lines))
    with source.open("rb") as read, sink.open("wb") as write:
        done = subprocess.run(serve(), stdin=read, stdout=write, stderr=subprocess.PIPE, env=lonely, check=False)
    assert done.returncode == 0
    (answer,) = [json.loads(line) for line in sink.read_bytes().splitlines()]
    assert answer["result"]["tools"]


PRINTING = """
import ctypes, os, subprocess, sys
import anyio
from zohocrm_mcp.transports.wire import take_stdio
wire = take_stdio()
from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import load_settings
from zohocrm_mcp.errors import ZohoDatabaseError
from zohocrm_mcp.transports.stdio import serve_stdio

async def open_parts():
    print("printed")
    sys.__stdout__.write("written\\n"); sys.__stdout__.flush()
    os.write(1, b"raw\\n")
    ctypes.CDLL(None).puts(b"from C"); ctypes.CDLL(None).fflush(None)
    subprocess.run("echo from a child; cat", shell=True)
    raise ZohoDatabaseError("nothing here")

server, lifecycle = create_app(load_settings(), open_parts=open_parts)
anyio.run(serve_stdio, server, lifecycle, wire)
"""


def test_whatever_prints_in_the_process_stdout_carries_the_protocol_alone(tmp_path: Path) -> None:
    with Child(sys.executable, "-c", PRINTING, env=environment(tmp_path)) as child:
        child.greet()
        assert child.ask("tools/call", name="list_modules", arguments={})["result"]["isError"]
        child.hang_up()
        assert child.exit_code() == 0
        for text in ("printed", "written", "raw", "from C", "from a child"):
            assert text in child.errors()


WRITING = """
import sys
from pathlib import Path
import anyio
from zohocrm_mcp.transports.wire import take_stdio
wire = take_stdio()
from types import SimpleNamespace
from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import load_settings
from zohocrm_mcp.models import Updated
from zohocrm_mcp.transports.stdio import serve_stdio

folder = Path(sys.argv[1])

async def update(module, record_id, values):
    with anyio.CancelScope(shield=True):
        (folder / "begun").touch()
        while not (folder / "go").exists():
            await anyio.sleep(0.01)
        (folder / "written").touch()
    return Updated(record_id=record_id, changed={})

async def close():
    (folder / "closed").touch()

async def open_parts():
    followed = SimpleNamespace(listeners=[])
    return SimpleNamespace(records=SimpleNamespace(update=update), jobs=followed), close

server, lifecycle = create_app(load_settings(), open_parts=open_parts)
anyio.run(serve_stdio, server, lifecycle, wire)
"""


def wait_for(file: Path) -> None:
    import time

    bound = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < bound, f"{file.name} did not come"
        time.sleep(0.01)


def test_a_write_in_flight_is_finished_and_the_parts_are_closed_when_a_signal_comes(tmp_path: Path) -> None:
    with Child(sys.executable, "-c", WRITING, str(tmp_path), env=environment(tmp_path)) as child:
        child.greet()
        child.send(
            id=9, method="tools/call", params={"name": "update_account", "arguments": {"account_id": "1", "values": {}}}
        )
        wait_for(tmp_path / "begun")
        child.process.send_signal(signal.SIGTERM)
        (tmp_path / "go").touch()
        assert child.exit_code() == 0
    assert (tmp_path / "written").exists()
    assert (tmp_path / "closed").exists()


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        ({}, "ZOHO_SDK_CLIENT_ID"),
        ({"ZOHO_SDK_CLIENT_ID": "x"}, "ZOHO_SDK_CLIENT_SECRET"),
        ({"ZOHO_SDK_CLIENT_ID": "x", "ZOHO_SDK_CLIENT_SECRET": "x"}, "ZOHO_SDK_REFRESH_TOKEN"),
        ({**SIGN_IN, "ZOHO_SDK_REGION": "mars"}, "ZOHO_SDK_REGION"),
        ({**SIGN_IN, "DATABASE_URL": "sqlite:///x"}, "DATABASE_URL"),
        ({**SIGN_IN, "ZOHO_MCP_TOOLSETS": "acounts"}, "ZOHO_MCP_TOOLSETS"),
    ],
)
def test_a_start_that_cannot_work_ends_with_2_and_one_sentence(
    tmp_path: Path, variables: dict[str, str], variable: str
) -> None:
    with Child(*serve(), env=environment(tmp_path, **variables), cwd=tmp_path) as child:
        assert child.receive() is END
        assert child.exit_code() == 2
        (line,) = child.errors().splitlines()
    assert variable in line
    assert "Traceback" not in line
    if variable.startswith("ZOHO_SDK_C") or variable.endswith("TOKEN"):
        assert "zohocrm-mcp auth login" in line
        assert "serve --demo" in line
