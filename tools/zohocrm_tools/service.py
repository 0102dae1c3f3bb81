"""The server itself."""

from __future__ import annotations

from zohocrm_mcp.models import Health
from zohocrm_mcp.toolkit import READ, Checkup, tool


@tool("Check health", READ)
async def check_health(checkup: Checkup) -> Health:
    """Check database, token, API access and scopes, and say who is signed in and what to do about each failure."""
    return await checkup()
