"""HTTP connections with an end: who is slow to ask, slow to read, or one too many is let go of.

uvicorn bounds only the time between requests. Here a request must have its head and its body within a time, an answer
must be taken off within a time, a peer that is gone without a word is noticed, and a connection too many is told so at
once. When the server ends, what a client sends at that very moment is still answered, with `Connection: close`.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Literal

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""From the first byte of a connection or a request to the end of its headers."""
BODY_SECONDS = 30.0
"""From the end of the headers to the end of the body."""
STALL_SECONDS = 30.0
"""How long a client may take nothing off while there is more for it than the system's buffers hold."""
LINGER_SECONDS = 0.5
"""How long an idle connection stays open when the server ends: a request may be on its way."""
GONE_SECONDS = 60
"""After so long without an acknowledgement the system gives a peer up."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class PatientProtocol(H11Protocol):
    """uvicorn's protocol; ``limit_concurrency`` of its configuration is one more than the connections there may be."""

    _missing: Literal["", "head", "body"] = ""
    _timer: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self.connections.discard(self)
            self._close_with(_FULL)
            return
        _prepare(transport.get_extra_info("socket"))
        self._wait_for("head")

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_for("")
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._is_idle():
            self._wait_for("head")
        else:
            self._begun()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_idle():
            self._begun()
            return
        self._wait_for("")  # uvicorn itself waits for the next request
        if self._ending and not self.transport.is_closing():
            self._linger()

    def shutdown(self) -> None:
        self._ending = True
        if self._is_idle():
            self._linger()
        else:
            self._part()

    def _linger(self) -> None:
        self.loop.call_later(LINGER_SECONDS, super().shutdown)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self._stalled or self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self.flow:
            super().resume_writing()
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _begun(self) -> None:
        """A request is under way."""
        self._wait_for("body" if self.cycle.more_body else "")
        if self._ending:
            self._part()

    def _part(self) -> None:
        """Let the answer under way be the last one, if that can still be said; or else the one after it is.

        A client that was told nothing sends its next request at once, into a connection that would be closed.
        """
        if self.cycle.response_started:
            return
        self.cycle.keep_alive = False
        if CLOSE_HEADER not in self.headers:
            self.headers.append(CLOSE_HEADER)

    def _wait_for(self, missing: Literal["", "head", "body"]) -> None:
        """Set a time for what is missing; one that is set already stays as it is."""
        if missing == self._missing:
            return
        if self._timer:
            self._timer.cancel()
        self._missing = missing
        seconds = {"": 0.0, "head": HEAD_SECONDS, "body": BODY_SECONDS}[missing]
        self._timer = self.loop.call_later(seconds, self._too_slow) if missing else None

    def _too_slow(self) -> None:
        if self._is_idle():
            self._close_with(_TOO_SLOW if self.conn.trailing_data[0] else b"")
            return
        self._close_with(b"" if self.cycle.response_started else _TOO_SLOW)
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _close_with(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def _prepare(connection: socket.socket | None) -> None:
    """Let small answers leave at once, which asyncio sees to on some sockets only, and notice a peer that is gone."""
    if connection is None or connection.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", GONE_SECONDS), ("TCP_USER_TIMEOUT", GONE_SECONDS * 1000)):
        if hasattr(socket, option):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
