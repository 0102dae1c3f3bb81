"""The caller of the request under way, as the transport has found out: never an argument, never a free header."""

from __future__ import annotations

from mcp.server.auth.middleware.auth_context import get_access_token

from zohocrm_mcp.access.caller import ROLES, Caller
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.observe.who import process_owner

CONNECTION, ROLE = "zohocrm_mcp_connection", "zohocrm_mcp_role"
"""Claims under which the gate of the HTTP transports hands over what it has found out about a token."""


def caller(connection: str = DEFAULT) -> Caller:
    """Return who is calling; without authentication it is the owner of the process, over ``connection``."""
    token = get_access_token()
    if token is None:
        return Caller(process_owner(), connection)
    claims = token.claims or {}
    role = next(role for role in ROLES if role == claims[ROLE])
    return Caller(token.client_id, str(claims[CONNECTION]), role)


def is_stranger() -> bool:
    """Whether nobody has found out who is calling."""
    return get_access_token() is None
