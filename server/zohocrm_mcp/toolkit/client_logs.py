"""Log messages to clients: what happens during a call of theirs, from the level on that they have asked for.

Clients of the revisions up to 2025-11-25 ask with logging/setLevel, once for their session; those of 2026-07-28 with
``_meta`` of each request (specification, Logging). Who has not asked gets none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, get_args

import anyio
import anyio.lowlevel
from anyio.streams.memory import MemoryObjectReceiveStream
from mcp.server.connection import allowed_log_levels
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.types import (
    EmptyResult,
    LoggingLevel,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    SetLevelRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from zohocrm_mcp.observe.relay import Fact, listening

Ctx = ServerRequestContext[Any, Any]
MOST_WAITING = 256
"""Messages of one request that wait to be sent; what comes on top of them is left out."""
_LEVELS: tuple[LoggingLevel, ...] = get_args(LoggingLevel)
_KEY = "zohocrm_mcp/log_level"


def register(server: MCPServer[Any]) -> None:
    """Serve logging/setLevel, and send the messages."""

    async def set_level(ctx: Ctx, params: SetLevelRequestParams) -> EmptyResult:
        _state(ctx)[_KEY] = params.level
        return EmptyResult()

    low = server._lowlevel_server  # noqa: SLF001 -- the way that the SDK's migration guide names
    low.add_request_handler("logging/setLevel", SetLevelRequestParams, set_level)
    server.middleware.append(telling)


async def telling(ctx: Ctx, call_next: CallNext) -> HandlerResult:
    """Send what is logged while a request is worked on, before its answer."""
    levels = _wanted(ctx)
    if ctx.request_id is None or not levels:
        return await call_next(ctx)
    result: HandlerResult = None
    failure: Exception | None = None
    async with _sending(ctx, levels):
        try:
            result = await call_next(ctx)
        except Exception as error:  # noqa: BLE001 -- raised below, where no task group wraps it
            failure = error
    if failure:
        raise failure
    return result


@asynccontextmanager
async def _sending(ctx: Ctx, levels: frozenset[LoggingLevel]) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    into, out = anyio.create_memory_object_stream[LoggingMessageNotificationParams](MOST_WAITING)

    def keep(message: LoggingMessageNotificationParams) -> None:
        if into.statistics().open_receive_streams and into.statistics().current_buffer_used < MOST_WAITING:
            into.send_nowait(message)

    def hear(level: str, logger: str, facts: dict[str, Fact]) -> None:
        if level in levels and not loop.is_closed():
            loop.call_soon_threadsafe(keep, LoggingMessageNotificationParams(level=level, logger=logger, data=facts))

    async with anyio.create_task_group() as group:
        group.start_soon(_send, ctx, out)
        with into, listening(hear):
            yield
            await anyio.lowlevel.checkpoint()  # what has been handed over is kept by now


async def _send(ctx: Ctx, out: MemoryObjectReceiveStream[LoggingMessageNotificationParams]) -> None:
    with out, suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # the client no longer listens
        async for params in out:
            message = LoggingMessageNotification(params=params)
            await ctx.session.send_notification(message, related_request_id=ctx.request_id)


def _wanted(ctx: Ctx) -> frozenset[LoggingLevel]:
    """Return the levels that the client wants to hear of."""
    if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return allowed_log_levels(ctx.protocol_version, ctx.meta)
    level: LoggingLevel | None = _state(ctx).get(_KEY)
    return frozenset(_LEVELS[_LEVELS.index(level) :]) if level else frozenset()


def _state(ctx: Ctx) -> dict[str, Any]:
    """Return what is kept for the client's session."""
    return ctx.session._connection.state  # noqa: SLF001 -- a session object lasts for one request only
