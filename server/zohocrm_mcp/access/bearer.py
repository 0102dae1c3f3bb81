"""What a bearer token of ours looks like: a prefix that scanners for secrets recognise, and 256 bits of chance."""

from __future__ import annotations

import hashlib
import re
import secrets

PREFIX = "zohocrm_mcp_"
OF_SETTINGS = "http-token-"
"""How the tokens of ZOHO_MCP_HTTP_TOKENS are called, with their number behind it."""
_BYTES = 32
_TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}\Z")


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(_BYTES)


def looks_stored(bearer: str) -> bool:
    """Whether this can be a token of the table."""
    return bool(_TOKEN.match(bearer))


def digest(bearer: str) -> bytes:
    """Return the hash that stands for a token. A plain one is enough: there is nothing to guess in 256 bits."""
    return hashlib.sha256(bearer.encode("utf-8", "surrogateescape")).digest()
