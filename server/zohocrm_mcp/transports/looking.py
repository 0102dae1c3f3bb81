"""One look at the server's state for however many ask, and never a long one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.services.health.looks import STARTING, Look, trouble

KEEP_SECONDS = 1.0
"""How long a look is good for."""
LOOK_SECONDS = 3.0
"""How long one may take; after that the database counts as one that does not answer."""
MOST_LOOKS = 2
"""Threads that may hang in a look."""

log = get_logger(__name__)


class Watchable(Protocol):
    """What a process works with. Whoever looks does so in a thread."""

    ending: bool
    """Whether it takes no new calls."""
    look_elsewhere: Callable[[], Look] | None
    """Looks whether the connection of any caller is usable."""

    def looker(self) -> Callable[[], Look] | None:
        """Return what looks at the parts, None while they are closed."""
        ...

    async def open(self) -> None:
        """Open the parts.

        Raises:
            ZohoError: what keeps them from opening.
        """
        ...


class Looking:
    """Looks at the connection that the process was started for.

    Where ``names_connections`` says that callers bring connections of their own, any of them will do for a sign-in.
    """

    def __init__(self, process: Watchable, names_connections: Callable[[], Awaitable[bool]]) -> None:
        self._process, self._names_connections = process, names_connections
        self._lock, self._threads = anyio.Lock(), anyio.CapacityLimiter(MOST_LOOKS)
        self._group: TaskGroup | None = None
        self._opening: anyio.Event | None = None
        self._failed: Look | None = None
        self.last, self._until = STARTING, 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the parts beside everything else when a look wants them; opening is not cut short."""
        async with anyio.create_task_group() as self._group:
            yield
            self._group.cancel_scope.cancel()

    async def look(self) -> Look:
        """Return what was found a moment ago, or look."""
        async with self._lock:
            if anyio.current_time() >= self._until:
                look = await self._fresh()
                if look.wrong != self.last.wrong:
                    self._tell(look)
                self.last, self._until = look, anyio.current_time() + KEEP_SECONDS
            return self.last

    async def _fresh(self) -> Look:
        with anyio.move_on_after(LOOK_SECONDS):
            look = await self._own()
            if look.wrong == "sign_in" and self._process.look_elsewhere and await self._names_connections():
                return await self._in_thread(self._process.look_elsewhere)
            return look
        reason = f"No answer within {LOOK_SECONDS:.0f} seconds."
        return Look("database", reason) if self._process.looker() else STARTING

    async def _own(self) -> Look:
        look = self._process.looker()
        if look is None:
            await self._opened()
            look = self._process.looker()
        return await self._in_thread(look) if look else self._failed or STARTING

    async def _in_thread(self, look: Callable[[], Look]) -> Look:
        return await anyio.to_thread.run_sync(look, abandon_on_cancel=True, limiter=self._threads)

    async def _opened(self) -> None:
        """Wait for the parts, which somebody opens already or is to open now."""
        if self._opening is None and self._group:
            self._opening = anyio.Event()
            self._group.start_soon(self._open, self._opening)
        if self._opening:
            await self._opening.wait()

    async def _open(self, done: anyio.Event) -> None:
        self._failed = None
        try:
            await self._process.open()
        except ZohoError as error:
            self._failed = trouble(error)
        except Exception:
            log.exception("opening crashed")  # the next look tries again
        finally:
            self._opening = None
            done.set()

    @staticmethod
    def _tell(look: Look) -> None:
        if look.wrong:
            log.warning("not ready", check=look.wrong, reason=look.reason)
        else:
            log.info("ready")
