"""Requests that last, such as SSE and listening: how many there may be, in all and of one caller, and how they end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import anyio
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import INTERNAL_ERROR
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from zohocrm_mcp.toolkit.calling import caller
from zohocrm_mcp.transports.answers import Answer

RETRY_SECONDS = 5
_STREAM_PATHS = frozenset({"/mcp", "/sse"})
_LISTENING = "subscriptions/listen"


@dataclass
class Lasting:
    """The requests of a process that last. ``sessions_of_one``: of older revisions, which a caller may have open."""

    streams: int
    streams_of_one: int
    sessions_of_one: int
    manager: StreamableHTTPSessionManager | None = None
    _open: set[anyio.CancelScope] = field(default_factory=set)
    _of_callers: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def held(self, by: str) -> Iterator[anyio.CancelScope]:
        """Count a stream for as long as the block lasts; `end` cancels it."""
        with anyio.CancelScope() as scope:
            self._open.add(scope)
            self._of_callers[by] += 1
            try:
                yield scope
            finally:
                self._open.discard(scope)
                self._of_callers[by] -= 1
                if not self._of_callers[by]:
                    del self._of_callers[by]

    def end(self) -> None:
        for scope in list(self._open):
            scope.cancel()

    def refusal(self, by: str, *, opens_session: bool) -> Response | None:
        """Return the answer to a request that is one too many."""
        if opens_session:
            full = self._sessions_of(by) >= self.sessions_of_one
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, "You have too many sessions open.") if full else None
        if len(self._open) >= self.streams:
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, "This server has too many streams open.")
        if self._of_callers[by] >= self.streams_of_one:
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, "You have too many streams open.")
        return None

    def _sessions_of(self, by: str) -> int:
        owners = self.manager._session_owners if self.manager else {}  # noqa: SLF001 -- the SDK counts them in all only
        return sum(1 for owner in owners.values() if owner["client_id"] == by)


class Bounded:
    """The ASGI application ``app``, behind the gate, with bounds on what lasts."""

    def __init__(self, app: ASGIApp, lasting: Lasting) -> None:
        self._app, self._lasting = app, lasting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, by = Headers(scope=scope), caller().name
        lasts = is_stream(scope, headers)
        opens_session = scope["method"] == "POST" and scope["path"] == "/mcp" and _is_first(headers)
        refused = self._lasting.refusal(by, opens_session=opens_session) if lasts or opens_session else None
        if refused:
            await refused(scope, receive, send)
        elif lasts:
            await self._last(by, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _last(self, by: str, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Answer(send)
        with self._lasting.held(by) as under_way:
            await self._app(scope, receive, answer.send)
        if under_way.cancelled_caught:
            await answer.end(HTTPStatus.SERVICE_UNAVAILABLE)


def is_stream(scope: Scope, headers: Headers) -> bool:
    """Whether the answer to a request has no end of its own."""
    if scope["method"] == "GET":
        return scope["path"] in _STREAM_PATHS
    return scope["method"] == "POST" and headers.get("mcp-method", "").strip() == _LISTENING


def _is_first(headers: Headers) -> bool:
    """Whether a request opens a session, if it is any good: it names none, and no revision that has none."""
    revision = headers.get("mcp-protocol-version")
    return "mcp-session-id" not in headers and (revision is None or revision in HANDSHAKE_PROTOCOL_VERSIONS)


def _refused(status: HTTPStatus, sentence: str) -> Response:
    error = {"code": INTERNAL_ERROR, "message": f"{sentence} Try again in {RETRY_SECONDS} seconds."}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status, {"Retry-After": str(RETRY_SECONDS)})
