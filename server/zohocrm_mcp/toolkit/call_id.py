"""The id of the request under way: on every line that is logged for it, and in every error that answers it."""

from __future__ import annotations

import uuid
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from zohocrm_mcp.observe.logging import bound_contextvars, get_contextvars


async def identified(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Give every request an id, whatever becomes of it."""
    with bound_contextvars(call_id=_new()):
        return await call_next(ctx)


def call_id() -> str:
    """Return the id of the request under way; outside of one a new one."""
    return str(get_contextvars().get("call_id") or _new())


def _new() -> str:
    return uuid.uuid4().hex[:12]
