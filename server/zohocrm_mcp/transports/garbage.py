"""What is sent and is no message of the protocol, told by JSON-RPC's and HTTP's own codes.

The SDK's Streamable HTTP answers JSON that is no JSON-RPC message with -32602, takes a request whose id is null for a
notification, and answers a wrong content type with 400. JSON-RPC 2.0 has -32600 for the first two, HTTP 415 for the
third (RFC 9110). What breaks off before its end is not passed on at all.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from mcp.types import INVALID_REQUEST, PARSE_ERROR
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zohocrm_mcp.observe.logging import get_logger

log = get_logger(__name__)

_DOUBTFUL = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.ACCEPTED})
"""What the SDK answers to garbage; answers of any other status are passed on as they are."""


class Garbage:
    """``app`` with a second look at the bodies that it has refused, or taken without an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        seen, refused, whole = bytearray(), False, False

        async def receiving() -> Message:
            nonlocal whole
            message = await receive()
            if message["type"] == "http.disconnect" and not whole:
                raise ClientDisconnect  # before the SDK's sessions see it, for which it would be a crash
            seen.extend(message.get("body", b""))
            whole = whole or not message.get("more_body", False)
            return message

        async def sending(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                better = _refusal(Headers(scope=scope), bytes(seen)) if message["status"] in _DOUBTFUL else None
                seen.clear()
                if better:
                    refused = True
                    await better(scope, receive, send)
            if not refused:
                await send(message)

        try:
            await self._app(scope, receiving, sending)
        except ClientDisconnect:
            log.info("a client left before its request was whole")


def _refusal(headers: Headers, body: bytes) -> Response | None:
    """Return the answer to garbage; None: it is none, and the SDK's answer stands."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        sentence = f"The content type is {kind or 'not said'}; it must be application/json."
        return _told(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST, sentence)
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return _told(HTTPStatus.BAD_REQUEST, PARSE_ERROR, "The body is no JSON text in UTF-8.")
    if not _is_message(message):
        return _told(HTTPStatus.BAD_REQUEST, INVALID_REQUEST, "The body is no JSON-RPC 2.0 message.")
    return None


def _is_message(body: Any) -> bool:
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0":
        return False
    if "method" not in body:
        return "result" in body or "error" in body
    fits = "id" not in body or isinstance(body["id"], str) or type(body["id"]) is int
    return isinstance(body["method"], str) and isinstance(body.get("params", {}), dict) and fits


def _told(status: HTTPStatus, code: int, sentence: str) -> Response:
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": sentence}}, status)
