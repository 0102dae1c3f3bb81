"""What becomes of a request under way when its token is good no more."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Message, Receive, Scope, Send

from zohocrm_mcp.access import lookup, tokens
from zohocrm_mcp.access.admission import Admission
from zohocrm_mcp.access.lookup import TokenLookup
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.transports.gate import Gate
from zohocrm_mcp.transports.gated import Gated

pytestmark = pytest.mark.anyio

LISTEN = (b"mcp-method", b"subscriptions/listen")


class Waiting:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.begun, self.go = anyio.Event(), anyio.Event()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        self.begun.set()
        await self.go.wait()
        await send({"type": "http.response.body", "body": b"done"})


async def nothing() -> Message:
    return {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("method", "headers", "answered"),
    [("POST", [], b"done"), ("GET", [], b""), ("POST", [LISTEN], b"")],
    ids=["a call is let finish", "a stream is ended", "listening is ended"],
)
async def test_when_a_token_is_revoked(
    database: Database, settings: Settings, method: str, headers: list[Any], answered: bytes
) -> None:
    now = [1_000.0]
    stored = TokenLookup(settings, lambda: database, clock=lambda: now[0])
    gate = Gate(Admission(settings, stored, None, "default"), TransportSecuritySettings(allowed_hosts=["here"]))
    with database.connection() as db:
        token, _ = tokens.create(db, "ann", "acme", "read", None)
    app, sent = Waiting(), bytearray()

    async def send(message: Message) -> None:
        sent.extend(message.get("body", b""))

    said = [(b"host", b"here"), (b"authorization", f"Bearer {token}".encode()), *headers]
    scope = {"type": "http", "method": method, "path": "/mcp", "headers": said, "query_string": b""}
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(Gated(app, gate), scope, nothing, send)
            await app.begun.wait()
            with database.connection() as db:
                tokens.revoke(db, "ann")
            now[0] += lookup.FRESH_SECONDS
            await gate.look_again()
            if answered:
                app.go.set()
    assert bytes(sent) == answered
