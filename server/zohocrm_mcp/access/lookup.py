"""Stored tokens as a server looks them up: in threads, remembered for a moment, so that a revocation soon holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
from cachetools import TTLCache

from zohocrm_mcp.access.bearer import digest
from zohocrm_mcp.access.caller import Caller
from zohocrm_mcp.access.verdict import Admitted, Denied, invalid, unavailable
from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.observe.logging import get_logger

if TYPE_CHECKING:
    from zohocrm_mcp.access.tokens import StoredToken
    from zohocrm_mcp.config import Settings
    from zohocrm_mcp.db.pool import Connection, Database

T = TypeVar("T")
log = get_logger(__name__)

FRESH_SECONDS = 2.0
"""How long an answer of the table holds."""
AWAY_SECONDS = 5.0
"""How long it is believed that the database does not answer."""
MOST = 4_096
THREADS = 4
"""Of this room's own: nobody waits for calls under way to be told who he is."""


class TokenLookup:
    """``database`` gives the pool of the process, in a thread."""

    def __init__(
        self,
        settings: Settings,
        database: Callable[[], Database],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._database, self._clock = settings, database, clock
        self._found: TTLCache[bytes, Admitted | Denied] = TTLCache(MOST, FRESH_SECONDS, timer=clock)
        self._any: bool | None = None
        self._asked_again = 0.0
        self._lock = anyio.Lock()
        self._threads = anyio.CapacityLimiter(THREADS)

    async def any(self, *, anew: bool = False) -> bool | None:
        """Whether there are tokens that were not revoked, as the database has told last; None: it never has.

        ``anew``: ask it now if it never has, and not in a while.
        """
        if anew and self._any is None:
            self._asked_again = 0.0
        if self._clock() >= self._asked_again:
            async with self._lock:
                if self._clock() >= self._asked_again:
                    found = await self._look()
                    self._any = self._any if found is None else found
                    self._asked_again = self._clock() + (AWAY_SECONDS if found is None else FRESH_SECONDS)
        return self._any

    async def find(self, bearer: str) -> Admitted | Denied:
        """Return who brings a token that looks like one of the table."""
        token_hash = digest(bearer)
        if (known := self._found.get(token_hash)) is not None:
            return known
        try:
            found = await self._asked(partial(_find, token_hash))
        except ZohoError as error:
            log.warning("http_token.not_looked_up", reason=error.message)
            return unavailable("The database does not answer, so the token cannot be looked up.")
        verdict = self._found[token_hash] = _verdict(found, token_hash)
        return verdict

    async def _look(self) -> bool | None:
        try:
            return self._may_exist() and await self._asked(_is_any)
        except ZohoError as error:
            log.warning("http_tokens.not_looked_up", reason=error.message)
            return None

    def _may_exist(self) -> bool:
        """Whether there is a database at all; looking into an embedded one would make it."""
        from zohocrm_mcp.db.layout import Layout

        return not self._settings.embedded or Layout.of(self._settings.data_dir).cluster.exists()

    async def _asked(self, work: Callable[[Connection], T]) -> T:
        def in_thread() -> T:
            from zohocrm_mcp.connections.store import token_store

            with token_store(self._database()) as db:
                return work(db)

        return await anyio.to_thread.run_sync(in_thread, limiter=self._threads)


def _find(token_hash: bytes, db: Connection) -> StoredToken | None:
    from zohocrm_mcp.access import tokens

    return tokens.find(db, token_hash)


def _is_any(db: Connection) -> bool:
    from zohocrm_mcp.access import tokens

    return tokens.is_any(db)


def _verdict(found: StoredToken | None, token_hash: bytes) -> Admitted | Denied:
    if found is None:
        return invalid("The token is not known here.")
    if found.state != "active":
        return invalid(f"The token {found.name!r} is {found.state}.")
    by = Caller(found.name, found.connection, found.role)
    ends = found.expires_at.timestamp() if found.expires_at else None
    return Admitted(by, f"{found.connection} {token_hash.hex()}", expires_at=ends)
