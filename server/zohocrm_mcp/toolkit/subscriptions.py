"""Who wants to hear that a resource has changed: listeners of the stateless revision, connections of the others.

The word comes from PostgreSQL, so that a job run by another process is heard of as well.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated
from mcp.types import EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

Ctx = ServerRequestContext[Any, Any]


class Subscriptions:
    """The subscribers of one server."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._connections: defaultdict[str, set[Connection]] = defaultdict(set)

    def register(self, server: MCPServer[Any]) -> None:
        """Serve subscribe and unsubscribe to clients of the revisions up to 2025-11-25."""

        async def subscribe(ctx: Ctx, params: SubscribeRequestParams) -> EmptyResult:
            connection = ctx.session._connection  # noqa: SLF001 -- a session lasts for one request only
            if connection not in self._connections[params.uri]:
                self._connections[params.uri].add(connection)
                connection.exit_stack.callback(self._drop, params.uri, connection)
            return EmptyResult()

        async def unsubscribe(ctx: Ctx, params: UnsubscribeRequestParams) -> EmptyResult:
            self._drop(params.uri, ctx.session._connection)  # noqa: SLF001 -- as above
            return EmptyResult()

        low = server._lowlevel_server  # noqa: SLF001 -- the way that the SDK's migration guide names
        low.add_request_handler("resources/subscribe", SubscribeRequestParams, subscribe)
        low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe)

    async def job_moved(self, job_id: str) -> None:
        """Tell everybody who follows this job."""
        uri = f"crm://jobs/{job_id}"
        await self.bus.publish(ResourceUpdated(uri=uri))
        for connection in list(self._connections.get(uri, ())):
            await connection.send_resource_updated(uri)

    def _drop(self, uri: str, connection: Connection) -> None:
        self._connections[uri].discard(connection)
        if not self._connections[uri]:
            del self._connections[uri]
