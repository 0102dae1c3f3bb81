"""What is served over HTTP: Streamable HTTP, the older SSE, or both on one port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal

import anyio
from mcp.server import MCPServer
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from zohocrm_mcp.config.bounds import BoundSettings
from zohocrm_mcp.tenants import Tenants
from zohocrm_mcp.transports.bounds import Bounded, Lasting
from zohocrm_mcp.transports.garbage import Garbage
from zohocrm_mcp.transports.gate import Gate
from zohocrm_mcp.transports.gated import Gated
from zohocrm_mcp.transports.pages import readable_by
from zohocrm_mcp.transports.probes import Probes

Kind = Literal["http", "sse", "http+sse"]


def _without_head(route: BaseRoute) -> BaseRoute:
    """Starlette answers HEAD where it answers GET, and a stream has no head alone."""
    if isinstance(route, Route) and route.methods:
        route.methods.discard("HEAD")
    return route


def web_app(
    server: MCPServer[Tenants],
    tenants: Tenants,
    kind: Kind,
    gate: Gate,
    probes: Probes,
    lasting: Lasting,
    *,
    bounds: BoundSettings,
    metrics: bool = True,
) -> Starlette:
    """Return the application that serves ``kind`` behind the gate; ``metrics`` says whether the numbers are here.

    SSE enters the server's lifespan once a connection; held open here, the parts outlive each of them.
    """
    routes: list[BaseRoute] = [*gate.routes(), *probes.health_routes(), *(probes.metrics_routes() if metrics else [])]
    if kind != "sse":
        routes += server.streamable_http_app(
            transport_security=gate.hosts,
            max_request_body_size=bounds.max_body_bytes,
            max_sessions=bounds.max_sessions,
            session_idle_timeout=bounds.session_idle_seconds,
        ).routes
        lasting.manager = server.session_manager
    if kind != "http":
        older = server.sse_app(transport_security=gate.hosts, max_request_body_size=bounds.max_body_bytes).routes
        routes += map(_without_head, older)

    @asynccontextmanager
    async def held(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if kind != "sse":
                await stack.enter_async_context(server.session_manager.run())
            await stack.enter_async_context(tenants.lifespan(server))
            await stack.enter_async_context(probes.running())
            watching = await stack.enter_async_context(anyio.create_task_group())
            watching.start_soon(gate.watch)
            yield
            watching.cancel_scope.cancel()

    middleware = [
        *readable_by(gate.pages),
        Middleware(Gated, gate),
        Middleware(Bounded, lasting),
        Middleware(Garbage),
    ]
    return Starlette(routes=routes, middleware=middleware, lifespan=held)
