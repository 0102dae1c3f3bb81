"""Who wants to hear that a resource has changed: listeners of the stateless revision, connections of the others.

The word comes from PostgreSQL, so that a job run by another process is heard of as well. What moves over one sign-in
is told to its own callers only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from cachetools import LRUCache
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated, ServerEvent
from mcp.types import EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.errors import NotFoundError, ZohoError
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.services import Services
from zohocrm_mcp.toolkit.calling import caller
from zohocrm_mcp.toolkit.protocol import refused

Ctx = ServerRequestContext[Any, Any]
MOST_JOBS = 10_000
"""Jobs of which is remembered whether they are a connection's own."""

MOST_FOLLOWED, MOST_CHARACTERS = 1_000, 200
"""Resources that one session may follow, and characters of the URI of one: ids and names have fewer."""

log = get_logger(__name__)


class TenantBus:
    """A bus for each connection; who listens and who publishes is the caller of the request under way."""

    def __init__(self, connection: str) -> None:
        self._connection = connection
        self._buses: defaultdict[str, InMemorySubscriptionBus] = defaultdict(InMemorySubscriptionBus)
        self._listening: defaultdict[str, int] = defaultdict(int)

    async def publish(self, event: ServerEvent) -> None:
        await self.tell(caller(self._connection).connection, event)

    async def tell(self, connection: str, event: ServerEvent) -> None:
        """Publish to the listeners of one connection."""
        if self.is_heard(connection):
            await self._buses[connection].publish(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        connection = caller(self._connection).connection
        leave = self._buses[connection].subscribe(listener)
        self._listening[connection] += 1

        def unsubscribe() -> None:
            leave()
            self._listening[connection] -= 1
            if not self._listening[connection]:
                del self._listening[connection], self._buses[connection]

        return unsubscribe

    def is_heard(self, connection: str) -> bool:
        """Whether anybody listens."""
        return connection in self._listening


class Subscriptions:
    """The subscribers of one server; ``connection`` is that of callers of whom nothing is known."""

    def __init__(self, connection: str = DEFAULT) -> None:
        self.bus = TenantBus(connection)
        self._connection = connection
        self._sessions: defaultdict[tuple[str, str], set[Connection]] = defaultdict(set)
        self._followed: dict[Connection, set[tuple[str, str]]] = {}
        self._own: LRUCache[tuple[str, str], bool] = LRUCache(MOST_JOBS)

    def register(self, server: MCPServer[Any]) -> None:
        """Serve subscribe and unsubscribe to clients of the revisions up to 2025-11-25."""

        async def subscribe(ctx: Ctx, params: SubscribeRequestParams) -> EmptyResult:
            session = ctx.session._connection  # noqa: SLF001 -- a session lasts for one request only
            self._add((caller(self._connection).connection, params.uri), session)
            return EmptyResult()

        async def unsubscribe(ctx: Ctx, params: UnsubscribeRequestParams) -> EmptyResult:
            key = (caller(self._connection).connection, params.uri)
            self._drop(key, ctx.session._connection)  # noqa: SLF001 -- as above
            return EmptyResult()

        low = server._lowlevel_server  # noqa: SLF001 -- the way that the SDK's migration guide names
        low.add_request_handler("resources/subscribe", SubscribeRequestParams, subscribe)
        low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe)

    def follow(self, connection: str, services: Services) -> None:
        """Hear from now on which jobs move, as the services of ``connection`` do."""
        services.jobs.listeners.append(partial(self._moved, connection, services))

    def is_followed(self, connection: str) -> bool:
        """Whether anybody wants to hear of the jobs of a connection."""
        return self.bus.is_heard(connection) or any(name == connection for name, _ in self._sessions)

    async def _moved(self, connection: str, services: Services, job_id: str) -> None:
        """Tell everybody of this connection who follows a job; the database tells of everybody's."""
        uri = f"crm://jobs/{job_id}"
        sessions = self._sessions.get((connection, uri), ())
        if not sessions and not self.bus.is_heard(connection):
            return
        if not await self._is_own(connection, services, job_id):
            return
        await self.bus.tell(connection, ResourceUpdated(uri=uri))
        for session in list(sessions):
            await session.send_resource_updated(uri)

    async def _is_own(self, connection: str, services: Services, job_id: str) -> bool:
        key = (connection, job_id)
        if key not in self._own:
            try:
                await services.jobs.get(job_id)
                self._own[key] = True
            except NotFoundError:
                self._own[key] = False
            except ZohoError as error:
                log.warning("subscription.not_told", job_id=job_id, reason=error.message)
                return False
        return self._own[key]

    def _add(self, key: tuple[str, str], session: Connection) -> None:
        if session not in self._followed:
            self._followed[session] = set()
            session.exit_stack.callback(self._leave, session)
        own = self._followed[session]
        if len(key[1]) > MOST_CHARACTERS or (len(own) >= MOST_FOLLOWED and key not in own):
            raise refused(f"A session can follow {MOST_FOLLOWED:,} resources of {MOST_CHARACTERS} characters each.")
        own.add(key)
        self._sessions[key].add(session)

    def _drop(self, key: tuple[str, str], session: Connection) -> None:
        self._followed.get(session, set()).discard(key)
        self._sessions[key].discard(session)
        if not self._sessions[key]:
            del self._sessions[key]

    def _leave(self, session: Connection) -> None:
        for key in list(self._followed[session]):
            self._drop(key, session)
        del self._followed[session]
