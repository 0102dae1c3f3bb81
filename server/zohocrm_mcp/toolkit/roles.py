"""What a role may: `read` looks, `write` changes records as well, `admin` also reaches what is the organisation's."""

from __future__ import annotations

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from zohocrm_mcp.access.caller import Role
from zohocrm_mcp.toolkit.calling import caller
from zohocrm_mcp.toolkit.catalog import Catalog
from zohocrm_mcp.toolkit.protocol import refused
from zohocrm_mcp.toolkit.spec import ToolSpec

ORGANISATION_WIDE = frozenset({"rest"})
"""Toolsets that reach settings, users and roles, and not records alone."""


def role_for(spec: ToolSpec) -> Role:
    """Return the least role that may call a tool."""
    if spec.toolset in ORGANISATION_WIDE:
        return "admin"
    return "read" if spec.risk.read_only else "write"


def suiting(catalog: Catalog) -> ServerMiddleware[Any]:
    """Return the middleware that lists and lets through only what the role of the caller may."""
    roles = {spec.name: role_for(spec) for spec in catalog.specs}

    async def check(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        by = caller()
        if ctx.method == "tools/call":
            name = str((ctx.params or {}).get("name"))
            if not by.has(needed := roles.get(name, "read")):
                raise refused(
                    f"Tool {name} is not served to you: it takes the role {needed!r}, and yours is {by.role!r}."
                )
        result = await call_next(ctx)
        if ctx.method == "tools/list" and isinstance(result, dict):
            tools = [tool for tool in result["tools"] if by.has(roles.get(tool["name"], "read"))]
            return {**result, "tools": tools}
        return result

    return check
