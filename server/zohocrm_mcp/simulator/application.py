"""The ASGI application: from the socket to a call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from zohocrm_mcp.simulator import routes
from zohocrm_mcp.simulator.delivery import Delivery
from zohocrm_mcp.simulator.exchange import Exchange, answered
from zohocrm_mcp.simulator.state import State
from zohocrm_mcp.simulator.wire import Call

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
ADMIN = "/_simulator"


class Application:
    """Every request becomes an exchange; those of the admin endpoint are answered without log, faults and limits."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.stopping = asyncio.Event()
        routes.load_endpoints()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        route, params, exists = routes.find(scope["method"], scope["path"])
        call = _call(self._state, scope, params, body)
        delivery = Delivery(scope["state"]["connection"], receive, send)
        if call.path.startswith(ADMIN):
            await delivery.send(answered(call, route, exists=exists))
            return
        await Exchange(call, route, exists, delivery, scope["state"]["number"], self.stopping).run()


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _call(state: State, scope: Scope, params: dict[str, str], body: bytes) -> Call:
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Call(state, scope["method"], scope["path"], params, query, headers, body)
