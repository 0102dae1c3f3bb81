"""What a tool gets without asking the model: the services, and a way to report progress.

A parameter that the model cannot fill is a parameter that the model cannot get wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol, TypeAlias

from mcp.server.elicitation import AcceptedElicitation
from mcp.server.mcpserver import Context, Resolve

from zohocrm_mcp.models import Health
from zohocrm_mcp.services import Services

RESOLVED = AcceptedElicitation[Any]
"""Held so that it stays: pydantic forgets a parametrised model that nobody holds, and the MCP SDK, which wraps
everything it resolves in this one, would build it anew in every call."""

ReportProgress: TypeAlias = Callable[[int, int], Awaitable[None]]
"""Called with how many are done, and of how many."""


Examine: TypeAlias = Callable[[], Awaitable[Health]]


class HasServices(Protocol):
    """What the server's lifespan hands to every call."""

    async def services(self) -> Services: ...
    async def check_health(self) -> Health: ...


async def services(ctx: Context[HasServices]) -> Services:
    """Return the services; the first call opens them."""
    return await ctx.request_context.lifespan_context.services()


async def reporter(ctx: Context[HasServices]) -> ReportProgress:
    """Return a function that tells the client how far a call has come; it does nothing where nobody asked.

    Progress must increase with each message (specification, Progress), so what is no news is not told.
    """
    told = -1

    async def report(done: int, total: int) -> None:
        nonlocal told
        if done > told:
            told = done
            await ctx.report_progress(done, total, f"{done} of {total}")

    return report


async def examiner(ctx: Context[HasServices]) -> Examine:
    """Return the check of everything, which answers also when the services cannot be opened."""
    return ctx.request_context.lifespan_context.check_health


Crm = Annotated[Services, Resolve(services)]
Progress = Annotated[ReportProgress, Resolve(reporter)]
Checkup = Annotated[Examine, Resolve(examiner)]
