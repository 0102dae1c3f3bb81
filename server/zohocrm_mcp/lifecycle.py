"""Parts that open at the first call, once however many ask."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable

import anyio

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.models import Health
from zohocrm_mcp.services import Services

Close = Callable[[], Awaitable[None]]
OpenParts = Callable[[], Awaitable[tuple[Services, Close]]]

Diagnose = Callable[[], Awaitable[Health]]


class Lifecycle:
    """The parts of one connection, opened when the first call wants them."""

    def __init__(self, open_parts: OpenParts, diagnose: Diagnose | None = None) -> None:
        self._open_parts, self._diagnose = open_parts, diagnose
        self._opened: tuple[Services, Close] | None = None
        self._lock = anyio.Lock()
        self._failure: ZohoError | None = None
        self._tries = 0
        self.on_open: list[Callable[[Services], None]] = []
        """Called with the services each time they have opened."""

    @property
    def opened(self) -> Services | None:
        """The services, where they are open."""
        return self._opened[0] if self._opened else None

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
                self._opened = opened = await self._open_apart()
        except ZohoError as error:
            self._failure = error
            raise
        for tell in self.on_open:
            tell(opened[0])
        return opened[0]

    async def _open_apart(self) -> tuple[Services, Close]:
        """Open in a context of its own: what goes on in the background belongs to no call, caller or trace."""

        async def opening() -> tuple[Services, Close]:
            return await self._open_parts()

        return await asyncio.get_running_loop().create_task(opening(), context=contextvars.Context())

    async def close_if(self, idle: Callable[[Services], bool]) -> bool:
        """Close the parts where they are open and ``idle`` says so; who calls meanwhile waits, and opens them again."""
        async with self._lock:
            if self._opened is None or not idle(self._opened[0]):
                return False
            await self.close()
            return True

    async def close(self) -> None:
        """Close the parts; the next call opens them again."""
        opened, self._opened = self._opened, None
        if opened:
            with anyio.CancelScope(shield=True):
                await opened[1]()
