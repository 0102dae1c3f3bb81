"""Parts that open at the first call, once however many ask, and close with the last connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.models import Health
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.services import Services

log = get_logger(__name__)

Close = Callable[[], Awaitable[None]]
OpenParts = Callable[[], Awaitable[tuple[Services, Close]]]

Diagnose = Callable[[], Awaitable[Health]]

BREATH = 0.2
"""Seconds between the first tool list and the warm-up, so that the lists that follow it do not wait."""


class Lifecycle:
    """What the server's lifespan hands to every call. SSE enters it once a connection, everything else once."""

    def __init__(self, open_parts: OpenParts, diagnose: Diagnose | None = None) -> None:
        self._open_parts, self._diagnose = open_parts, diagnose
        self._opened: tuple[Services, Close] | None = None
        self._lock = anyio.Lock()
        self._failure: ZohoError | None = None
        self._tries = 0
        self._users = 0
        self.on_open: list[Callable[[Services], None]] = []
        """Called with the services each time they have opened."""
        self.greeted = anyio.Event()
        """Set when a client has got its first tool list."""

    async def services(self) -> Services:
        """Return the services, opening them when they are not.

        Raises:
            ZohoError: what keeps them from opening. Whoever waited for this try shares it; the next call tries again.
        """
        if self._opened:
            return self._opened[0]
        tries = self._tries
        async with self._lock:
            if self._opened:
                return self._opened[0]
            if self._failure and tries != self._tries:
                raise self._failure
            return await self._open()

    async def check_health(self) -> Health:
        """Check everything, also when the parts do not open: then it is the checks that tell why.

        Raises:
            ZohoError: what keeps the parts from opening, where there is nothing that could look into it.
        """
        try:
            services = await self.services()
        except ZohoError:
            if self._diagnose is None:
                raise
            return await self._diagnose()
        return await services.health.check()

    async def _open(self) -> Services:
        """Open; a call that is cancelled meanwhile leaves no half of it behind."""
        self._failure = None
        self._tries += 1
        try:
            with anyio.CancelScope(shield=True):
                self._opened = opened = await self._open_parts()
        except ZohoError as error:
            self._failure = error
            raise
        for tell in self.on_open:
            tell(opened[0])
        return opened[0]

    async def warm_up(self) -> None:
        """Open the services beside the conversation, so that the first call is quick."""
        await self.greeted.wait()
        await anyio.sleep(BREATH)
        try:
            await self.services()
        except ZohoError as error:
            log.warning("not ready yet", reason=error.message, hint=error.hint)
        except Exception:
            log.exception("warm-up crashed")  # the next call meets it again and tells its client

    @asynccontextmanager
    async def lifespan(self, _server: Any) -> AsyncIterator[Lifecycle]:
        self._users += 1
        try:
            yield self
        finally:
            self._users -= 1
            if not self._users:
                await self._close()

    async def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened:
            with anyio.CancelScope(shield=True):
                await opened[1]()
