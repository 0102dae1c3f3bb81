"""Writing to a client that reads slowly, or no more."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.to_thread
import pytest
from mcp import types
from mcp.shared.message import SessionMessage

from zohocrm_mcp.transports.streams import Sink, Source
from zohocrm_mcp.transports.wire import Wire

pytestmark = pytest.mark.anyio
LARGE = 300_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def ends() -> Iterator[tuple[int, int, Wire]]:
    """What the client holds (to write, to read), and the wire of the server."""
    source, to_server = os.pipe()
    from_server, sink = os.pipe()
    yield to_server, from_server, Wire(source, sink)
    for descriptor in (source, to_server, from_server, sink):
        try:
            os.close(descriptor)
        except OSError:
            continue


def answer(number: int, text: str = "") -> SessionMessage:
    return SessionMessage(types.JSONRPCResponse(jsonrpc="2.0", id=number, result={"text": text}))


def read_lines(descriptor: int, count: int) -> list[object]:
    data = b""
    while data.count(b"\n") < count:
        data += os.read(descriptor, 1 << 16)
    return [json.loads(line) for line in data.splitlines()]


async def test_answers_written_at_the_same_time_do_not_mix(ends: tuple[int, int, Wire]) -> None:
    _, from_server, wire = ends
    sink = Sink(wire)
    with wire.never_blocking():
        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(sink.send, answer(number, str(number) * LARGE))
            lines = await anyio.to_thread.run_sync(read_lines, from_server, 5)
    assert sorted(line["id"] for line in lines if isinstance(line, dict)) == [0, 1, 2, 3, 4]


async def test_an_answer_that_is_given_up_half_way_is_written_to_its_end(ends: tuple[int, int, Wire]) -> None:
    _, from_server, wire = ends
    sink = Sink(wire)
    with wire.never_blocking():
        async with anyio.create_task_group() as group:
            group.start_soon(sink.send, answer(1, "x" * LARGE))
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                lines = await anyio.to_thread.run_sync(read_lines, from_server, 1)
        await sink.send(answer(2))
    assert lines == [{"jsonrpc": "2.0", "id": 1, "result": {"text": "x" * LARGE}}]
    assert read_lines(from_server, 1) == [{"jsonrpc": "2.0", "id": 2, "result": {"text": ""}}]


async def test_a_client_that_is_gone_is_told_as_a_broken_stream(ends: tuple[int, int, Wire]) -> None:
    _, from_server, wire = ends
    os.close(from_server)
    with pytest.raises(anyio.BrokenResourceError):
        await Sink(wire).send(answer(1))


async def test_the_pipe_is_left_as_it_was_found(ends: tuple[int, int, Wire]) -> None:
    *_, wire = ends
    with wire.never_blocking():
        assert not os.get_blocking(wire.sink)
    assert os.get_blocking(wire.sink)


async def test_the_end_of_input_waits_for_answers_but_not_for_what_was_cancelled_or_never_ends(
    ends: tuple[int, int, Wire],
) -> None:
    to_server, _, wire = ends
    sink = Sink(wire)
    source = Source(wire, sink)
    sent: list[dict[str, Any]] = [
        {"id": 1, "method": "tools/list"},
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "subscriptions/listen"},
        {"method": "notifications/cancelled", "params": {"requestId": 2}},
    ]
    os.write(to_server, b"".join(json.dumps({"jsonrpc": "2.0", **one}).encode() + b"\n" for one in sent))
    os.close(to_server)
    received = [await source.receive() for _ in sent]
    assert [getattr(one.message, "id", None) for one in received] == [1, 2, 3, None]
    ended = anyio.Event()

    async def wait_for_the_end() -> None:
        with pytest.raises(anyio.EndOfStream):
            await source.receive()
        ended.set()

    async with anyio.create_task_group() as group:
        group.start_soon(wait_for_the_end)
        await anyio.wait_all_tasks_blocked()
        assert not ended.is_set()
        await sink.send(answer(1))
        with anyio.fail_after(60):
            await ended.wait()
