"""Who is let in over HTTP: whoever brings a token of the settings, a stored one, or one of the company's issuer."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zohocrm_mcp.access.bearer import OF_SETTINGS, digest, looks_stored
from zohocrm_mcp.access.caller import Caller
from zohocrm_mcp.access.issuer import Issuer
from zohocrm_mcp.access.lookup import TokenLookup
from zohocrm_mcp.access.verdict import Admitted, Denied, invalid

if TYPE_CHECKING:
    from zohocrm_mcp.config import Settings

MOST_CHARACTERS = 8_192
"""Of a token; access tokens of identity providers have up to about 4,000."""

_NOBODY = Denied(401, "", "This server answers callers with a bearer token only.")


@dataclass(frozen=True)
class _Known:
    digest: bytes
    caller: Caller


class Admission:
    """Decides about one request after the other; what has to be looked up is remembered for a moment.

    Args:
        settings: with the tokens of the environment.
        stored: the tokens of the table.
        issuer: None where the settings name none.
        connection: of the tokens of the environment.
        only: give everybody this connection, whatever their token says; for the built-in simulator.
        closed: ask for a token also while it is not known whether there are any.
    """

    def __init__(
        self,
        settings: Settings,
        stored: TokenLookup,
        issuer: Issuer | None,
        connection: str,
        *,
        only: str = "",
        closed: bool = False,
    ) -> None:
        self._known = [
            _Known(digest(word), Caller(f"{OF_SETTINGS}{number}", connection, "write"))
            for number, word in enumerate(settings.http_token_words, 1)
        ]
        self._stored, self._issuer, self._only = stored, issuer, only
        self._closed = closed or bool(self._known or issuer)

    async def close(self) -> None:
        if self._issuer:
            await self._issuer.close()

    async def is_required(self) -> bool:
        """Whether a caller must say who it is. Once that was so, it stays so for the life of the process."""
        self._closed = self._closed or bool(await self._stored.any())
        return self._closed

    async def keeps_out_strangers(self) -> bool:
        """Whether a caller must say who it is, now that its call is about to happen; so it is while nobody knows."""
        known = await self._stored.any(anew=True)
        return await self.is_required() or known is None

    async def names_connections(self) -> bool:
        """Whether tokens may name connections beside the server's own."""
        return bool(self._issuer or await self._stored.any())

    async def admit(self, bearer: str) -> Admitted | Denied | None:
        """Return who brings this token (empty: none), why that is nobody, or None where nobody has to say."""
        if not await self.is_required():
            return None
        if not bearer:
            return _NOBODY
        verdict = await self._verdict(bearer)
        if isinstance(verdict, Denied):
            return verdict
        if verdict.expires_at is not None and verdict.expires_at <= time.time():
            return invalid("The token has expired.")
        return verdict.over(self._only) if self._only else verdict

    async def _verdict(self, bearer: str) -> Admitted | Denied:
        if len(bearer) > MOST_CHARACTERS:
            return invalid("The token is too long.")
        token_hash = digest(bearer)
        found = [known.caller for known in self._known if hmac.compare_digest(known.digest, token_hash)]
        if found:
            return Admitted(found[0], token_hash.hex())
        if looks_stored(bearer):
            return await self._stored.find(bearer)
        if self._issuer:
            return await self._issuer.verify(bearer)
        return invalid("The token is not known here.")
