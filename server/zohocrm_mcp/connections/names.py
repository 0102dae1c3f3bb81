"""Names of connections: which there are for the asking, and what a name may look like."""

from __future__ import annotations

import re

from zohocrm_mcp.errors import InvalidInputError

DEFAULT = "default"
"""The connection that nobody has to name."""

DEMO = "demo"
"""The connection of the built-in simulator."""

FROM_ENVIRONMENT = frozenset({DEFAULT, DEMO})
"""The connections that the ZOHO_SDK_… variables describe; every other one is only ever what somebody signed in to."""

SPELLING = "Use up to 63 letters, digits, dots, dashes and underscores, the first a letter or a digit."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")


def checked_name(connection: str) -> str:
    """Return ``connection`` when it can be the name of one.

    Raises:
        InvalidInputError: it cannot.
    """
    if not is_name(connection) or connection == DEMO:
        raise InvalidInputError(f"{connection!r} cannot be the name of a connection of yours.", hint=SPELLING)
    return connection


def is_name(word: str) -> bool:
    """Whether a word is spelt like the name of a connection, a token, or anything else that people name here."""
    return _NAME.match(word) is not None


def login_command(connection: str) -> str:
    """Return the command that signs a connection in."""
    return "zohocrm-mcp auth login" + ("" if connection == DEFAULT else f" --connection {connection}")
