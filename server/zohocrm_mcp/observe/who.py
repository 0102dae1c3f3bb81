"""Who is at it: the caller of the call under way, else whoever runs this process."""

from __future__ import annotations

import getpass
import socket
from functools import cache

from zohocrm_mcp.observe.logging import get_contextvars


def who() -> str:
    """Return ``who`` of the log context; without one ``user@host``, and the client's name where a client is calling."""
    context = get_contextvars()
    client = context.get("client")
    return str(context.get("who") or (f"{process_owner()} via {client}" if client else process_owner()))


@cache
def process_owner() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
