"""The two ends of a stdio conversation, as the SDK wants them; broken input is answered here and survived."""

from __future__ import annotations

import json
from collections import deque
from types import TracebackType
from typing import Any, Self

import anyio
from mcp import types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError
from pydantic_core import to_json

from zohocrm_mcp.toolkit.structure import KEY, Structure
from zohocrm_mcp.transports.lines import LONGEST, LineBuffer, TooLong
from zohocrm_mcp.transports.wire import Wire

ANSWER_SECONDS = 60.0
"""How long calls in flight may still take when the client has closed its side."""

_ENDLESS = "subscriptions/listen"
_ANSWERS = (types.JSONRPCResponse, types.JSONRPCError)


class _End:
    """What both ends share: they are asynchronous context managers that need no closing."""

    async def aclose(self) -> None:
        """Nothing to do: the descriptors belong to the process."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class Sink(_End):
    """Where messages go out, one line each, and the count of what is still to be answered."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = anyio.Lock(fast_acquire=True)
        self._open: set[types.RequestId] = set()
        self._settled = anyio.Event()

    async def send(self, item: SessionMessage, /) -> None:
        """Write one message.

        Raises:
            BrokenResourceError: the client no longer reads.
        """
        line = _json(item.message) + b"\n"
        try:
            async with self._lock:
                await self._wire.write(line)
        except ConnectionError as error:
            self._open.clear()
            raise anyio.BrokenResourceError from error
        finally:
            if isinstance(item.message, _ANSWERS) and item.message.id is not None:
                self.settle(item.message.id)

    async def refuse(self, code: int, sentence: str, request: types.RequestId | None = None) -> None:
        """Answer what is no message of the protocol."""
        error = types.ErrorData(code=code, message=sentence)
        await self.send(SessionMessage(types.JSONRPCError(jsonrpc="2.0", id=request, error=error)))

    def expect(self, request: types.RequestId) -> None:
        self._open.add(request)

    def settle(self, request: types.RequestId) -> None:
        self._open.discard(request)
        if not self._open:
            self._settled.set()
            self._settled = anyio.Event()

    async def answered(self, seconds: float = ANSWER_SECONDS) -> None:
        """Wait, but not longer than ``seconds``, until every request has its answer."""
        with anyio.move_on_after(seconds):
            while self._open:
                await self._settled.wait()


def _json(message: types.JSONRPCMessage) -> bytes:
    """Return the text of a message; what is written already is not written again."""
    structure = message.result.get(KEY) if isinstance(message, types.JSONRPCResponse) else None
    if not isinstance(message, types.JSONRPCResponse) or not isinstance(structure, Structure):
        return message.model_dump_json(by_alias=True, exclude_unset=True).encode()
    others = to_json({name: value for name, value in message.result.items() if name != KEY})
    result = b'%s,"%s":%s}' % (others[:-1], KEY.encode(), structure.text.encode())
    return b'{"jsonrpc":"2.0","id":%s,"result":%s}' % (to_json(message.id), result)


class Source(_End):
    """Where messages come in. The end of input is passed on when what came before it has been answered."""

    def __init__(self, wire: Wire, sink: Sink, *, longest: int = LONGEST) -> None:
        self._wire, self._sink = wire, sink
        self._longest = longest
        self._lines = LineBuffer(longest)
        self._ready: deque[SessionMessage] = deque()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def receive(self) -> SessionMessage:
        """Return the next message.

        Raises:
            EndOfStream: the client has closed its side.
        """
        while not self._ready:
            chunk = await self._wire.read()
            for line in self._lines.feed(chunk) if chunk else self._lines.finish():
                await self._take(line)
            if not chunk and not self._ready:
                await self._sink.answered()
                raise anyio.EndOfStream
        return self._ready.popleft()

    async def _take(self, line: bytes | TooLong) -> None:
        if isinstance(line, TooLong):
            await self._sink.refuse(types.INVALID_REQUEST, f"The line is longer than {self._longest:,} bytes.")
            return
        try:
            message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValidationError:
            await self._take_apart(line)
            return
        if isinstance(message, types.JSONRPCNotification) and b'"id"' in line:
            await self._take_apart(line)
        else:
            self._accept(message)

    async def _take_apart(self, line: bytes) -> None:
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            await self._sink.refuse(types.PARSE_ERROR, "The line is no JSON text in UTF-8.")
            return
        for one in body if isinstance(body, list) and body else [body]:
            await self._take_parsed(one)

    async def _take_parsed(self, body: Any) -> None:
        """Take one message of a batch (revision 2025-03-26 has them), or refuse what is none."""
        try:
            message = types.jsonrpc_message_adapter.validate_python(body, by_name=False)
        except ValidationError:
            request = body.get("id") if isinstance(body, dict) and "method" in body else None
            known = request if isinstance(request, str) or type(request) is int else None
            await self._sink.refuse(types.INVALID_REQUEST, "The line is no JSON-RPC 2.0 message.", known)
            return
        if isinstance(message, types.JSONRPCNotification) and "id" in body:
            await self._sink.refuse(types.INVALID_REQUEST, "The id is neither text nor a whole number.")
        else:
            self._accept(message)

    def _accept(self, message: types.JSONRPCMessage) -> None:
        match message:
            case types.JSONRPCRequest() if message.method != _ENDLESS:
                self._sink.expect(message.id)
            case types.JSONRPCNotification(method="notifications/cancelled", params={"requestId": request}):
                self._sink.settle(request)
            case _:
                pass
        self._ready.append(SessionMessage(message))
