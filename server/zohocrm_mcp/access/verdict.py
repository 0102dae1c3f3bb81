"""What comes of a look at a token: who brings it, or what to answer instead."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zohocrm_mcp.access.caller import Caller

BAD_TOKEN, LOW_SCOPE, NOT_NOW = 401, 403, 503
"""HTTP statuses of RFC 6750, section 3.1, and of what cannot be told at the moment."""


@dataclass(frozen=True)
class Admitted:
    """A caller who may come in.

    ``subject`` is what a session belongs to beside caller and ``issuer``: sessions of one token are closed to another.
    ``expires_at`` is in seconds since 1970.
    """

    caller: Caller
    subject: str
    issuer: str = ""
    expires_at: float | None = None

    def over(self, connection: str) -> Admitted:
        return replace(self, caller=replace(self.caller, connection=connection))


@dataclass(frozen=True)
class Denied:
    """What to answer: an HTTP status, an error code of RFC 6750 (none where no token came), a sentence.

    ``scope`` is the one that would do.
    """

    status: int
    error: str
    sentence: str
    scope: str = ""


def invalid(sentence: str) -> Denied:
    return Denied(BAD_TOKEN, "invalid_token", sentence)


def unavailable(sentence: str) -> Denied:
    return Denied(NOT_NOW, "temporarily_unavailable", sentence)
