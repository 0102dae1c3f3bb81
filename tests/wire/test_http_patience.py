"""Connections with an end: slow to ask, slow to read, one too many, or open when the server ends."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
import pytest
from anyio.abc import SocketStream
from starlette.types import Receive, Scope, Send

from zohocrm_mcp.config import Settings
from zohocrm_mcp.transports import patience
from zohocrm_mcp.transports.http import listen
from zohocrm_mcp.transports.patience import PatientProtocol
from zohocrm_mcp.transports.serving import Server, server_of

pytestmark = pytest.mark.anyio
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
MUCH = 64 * 1024 * 1024


class Web:
    """An application that answers with what it was sent, or much at /much, and when told to at /later and /slowly.

    At /slowly the head of the answer comes at once.
    """

    def __init__(self) -> None:
        self.asked, self.gone, self.now = anyio.Event(), anyio.Event(), anyio.Event()
        self.port = 0
        self.server: Server

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone.set()
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.asked.set()
        if scope["path"] == "/later":
            await self.now.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/slowly":
            await self.now.wait()
        answer = bytes(MUCH) if scope["path"] == "/much" else body or b"hello"
        await send({"type": "http.response.body", "body": answer, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        self.gone.set()

    async def connect(self) -> SocketStream:
        return await anyio.connect_tcp("127.0.0.1", self.port)


@asynccontextmanager
async def serving(**bounds: object) -> AsyncIterator[Web]:
    web = Web()
    listener = listen("127.0.0.1", 0)
    web.port = listener.getsockname()[1]
    web.server = server_of(web.app, Settings.model_validate(bounds))
    async with anyio.create_task_group() as group:
        group.start_soon(web.server.serve, [listener])
        with anyio.fail_after(60):
            yield web
        web.server.should_exit = True


async def rest(stream: SocketStream) -> bytes:
    """Everything that still comes, until the server closes."""
    told = b""
    try:
        while True:
            told += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return told


async def answer(stream: SocketStream, ending: bytes = b"0\r\n\r\n") -> bytes:
    told = b""
    while not told.endswith(ending):
        told += await stream.receive()
    return told


async def waiting(web: Web, for_what: str, begun: bytes = b"") -> PatientProtocol:
    """The server's side of the one connection, once it waits for a ``head`` or a ``body`` that has begun like this."""
    while True:
        for connection in web.server.server_state.connections:
            assert isinstance(connection, PatientProtocol)
            if (connection._missing, connection.conn.trailing_data[0]) == (for_what, begun):
                return connection
        await anyio.sleep(0.01)


def let_time_be_up(connection: PatientProtocol, seconds: float) -> None:
    """Do what happens when the rest has not come in its ``seconds``, without waiting for them."""
    timer = connection._timer
    assert timer
    assert timer.when() - connection.loop.time() <= seconds
    timer._run()
    timer.cancel()


@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_who_does_not_finish_a_head_is_let_go(begun: bytes) -> None:
    async with serving() as web, await web.connect() as stream:
        if begun:
            await stream.send(begun)
        let_time_be_up(await waiting(web, "head", begun), patience.HEAD_SECONDS)
        told = await rest(stream)
    assert told.partition(b"\r\n")[0] == (b"HTTP/1.1 408 Request Timeout" if begun else b"")


async def test_one_byte_now_and_then_does_not_help() -> None:
    begun = b"GET / HTTP/1.1\r\n"
    async with serving() as web, await web.connect() as stream:
        await stream.send(begun)
        before = (await waiting(web, "head", begun))._timer
        await stream.send(b"X: 1\r\n")
        connection = await waiting(web, "head", begun + b"X: 1\r\n")
        assert connection._timer is before
        let_time_be_up(connection, patience.HEAD_SECONDS)
        assert (await rest(stream)).startswith(b"HTTP/1.1 408")


async def test_the_second_request_of_a_connection_has_its_time_too() -> None:
    async with serving() as web, await web.connect() as stream:
        await stream.send(ASK)
        assert b"hello" in await answer(stream)
        await stream.send(b"GET / HT")
        let_time_be_up(await waiting(web, "head", b"GET / HT"), patience.HEAD_SECONDS)
        assert (await rest(stream)).startswith(b"HTTP/1.1 408")


async def test_who_does_not_finish_a_body_is_let_go_and_the_application_told() -> None:
    async with serving() as web, await web.connect() as stream:
        await stream.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        let_time_be_up(await waiting(web, "body"), patience.BODY_SECONDS)
        assert (await rest(stream)).startswith(b"HTTP/1.1 408")
        await web.gone.wait()


async def test_an_answer_may_take_its_time_and_an_idle_connection_stays_open() -> None:
    async with serving() as web, await web.connect() as stream:
        await stream.send(b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
        await web.asked.wait()
        assert (await waiting(web, ""))._timer is None
        web.now.set()
        assert b"hello" in await answer(stream)
        assert (await waiting(web, ""))._timer is None
        await stream.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nagain")
        assert b"again" in await answer(stream)


async def test_who_takes_nothing_off_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "STALL_SECONDS", 0.3)
    async with serving() as web, await web.connect() as stream:
        await stream.send(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        await web.gone.wait()
        assert len(await rest(stream)) < MUCH


async def test_a_connection_too_many_is_told_so_at_once_and_the_others_go_on() -> None:
    async with serving(max_connections=2) as web, await web.connect() as first, await web.connect() as second:
        for stream in (first, second):
            await stream.send(ASK)
            assert b"200 OK" in await answer(stream)
        async with await web.connect() as third:
            told = await rest(third)
        assert told.startswith(b"HTTP/1.1 503")
        assert b"retry-after" in told
        await first.send(ASK)
        assert b"200 OK" in await answer(first)
        await second.aclose()
        while not (told := await _try(web)).startswith(b"HTTP/1.1 200"):
            assert told[:12] in {b"HTTP/1.1 503", b""}  # what was sent to a closed door resets it


async def _try(web: Web) -> bytes:
    async with await web.connect() as stream:
        await stream.send(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return await rest(stream)


async def test_when_the_server_ends_what_is_on_its_way_is_answered_and_told_to_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "LINGER_SECONDS", 30)
    async with serving() as web, await web.connect() as idle, await web.connect() as busy:
        await idle.send(ASK)
        await answer(idle)
        await busy.send(b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
        await web.asked.wait()
        for connection in list(web.server.server_state.connections):
            connection.shutdown()
        await idle.send(ASK)
        told = await rest(idle)
        assert b"connection: close" in told
        assert b"hello" in told
        web.now.set()
        told = await rest(busy)
        assert b"connection: close" in told
        assert b"hello" in told


async def test_what_follows_an_answer_that_had_begun_when_the_server_ended_is_answered_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "LINGER_SECONDS", 30)
    async with serving() as web, await web.connect() as busy:
        await busy.send(b"GET /slowly HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"connection: close" not in await answer(busy, b"\r\n\r\n")
        (connection,) = web.server.server_state.connections
        connection.shutdown()
        web.now.set()
        await answer(busy)
        await busy.send(ASK)
        told = await rest(busy)
    assert b"connection: close" in told
    assert b"hello" in told


async def test_an_idle_connection_is_closed_without_a_word_when_the_server_ends() -> None:
    async with serving() as web, await web.connect() as idle:
        await idle.send(ASK)
        await answer(idle)
        web.server.should_exit = True
        assert await rest(idle) == b""
        with pytest.raises(ConnectionRefusedError):
            await anyio.to_thread.run_sync(socket.create_connection, ("127.0.0.1", web.port))


async def test_a_small_answer_leaves_at_once() -> None:
    """Without it each answer of two writes waits for the client's delayed acknowledgement: 40 ms a call."""
    async with serving() as web, await web.connect() as stream:
        await stream.send(ASK)
        await answer(stream)
        (connection,) = web.server.server_state.connections
        assert connection.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_who_has_connected_when_the_listening_ends_is_still_answered() -> None:
    late: list[socket.socket] = []
    async with serving() as web:

        async def last_tick(counter: int) -> bool:
            """End between two looks of the event loop, with a request that it has not seen."""
            assert counter >= 0
            late.append(socket.create_connection(("127.0.0.1", web.port)))
            late[0].sendall(ASK)
            return True

        web.server.on_tick = last_tick  # type: ignore[method-assign]
        await web.asked.wait()
        told = await anyio.to_thread.run_sync(late[0].recv, 65536)
    late[0].close()
    assert told.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in told
