"""What is served over HTTP: Streamable HTTP, the older SSE, or both on one port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal

from mcp.server import MCPServer
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from zohocrm_mcp.lifecycle import Lifecycle

Kind = Literal["http", "sse", "http+sse"]


def web_app(server: MCPServer[Lifecycle], lifecycle: Lifecycle, kind: Kind, host: str) -> Starlette:
    """Return the application that serves ``kind``.

    SSE enters the server's lifespan once a connection; held open here, the parts outlive each of them.
    """
    routes: list[BaseRoute] = []
    if kind != "sse":
        routes += server.streamable_http_app(host=host).routes
    if kind != "http":
        routes += server.sse_app(host=host).routes

    @asynccontextmanager
    async def held(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if kind != "sse":
                await stack.enter_async_context(server.session_manager.run())
            await stack.enter_async_context(lifecycle.lifespan(server))
            yield

    return Starlette(routes=routes, lifespan=held)
