"""Pages in browsers: which of them may read what the server answers (Fetch standard, CORS protocol).

Only those that the settings name. The Origin of a page on the loopback is answered too, but a browser lets it read
nothing: on a developer's machine any other program may have served it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from zohocrm_mcp.transports.hosts import ANY_PORT

METHODS = ("GET", "POST", "DELETE")
SHOWN = ("Mcp-Session-Id", "MCP-Protocol-Version", "WWW-Authenticate", "Retry-After")
"""Headers of answers that a client needs, and that a browser would keep to itself."""


def readable_by(origins: Sequence[str]) -> list[Middleware]:
    """Return the middleware that lets pages of ``origins`` (``https://host``, ``https://host:*``) read the answers."""
    if not origins:
        return []
    pattern = "|".join(_pattern(origin) for origin in origins)
    return [
        Middleware(
            CORSMiddleware,
            allow_origin_regex=pattern,
            allow_methods=METHODS,
            allow_headers=["*"],
            expose_headers=SHOWN,
        )
    ]


def _pattern(origin: str) -> str:
    name = origin.removesuffix(ANY_PORT)
    return re.escape(name) + (":[0-9]+" if name != origin else "")
