"""Work that goes on after the call that began it, until it is done or the process ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import anyio
import structlog

from zohocrm_mcp.errors import ZohoError

log = structlog.get_logger(__name__)


class Live:
    """A job under way in this process: how far it is, and events for those who wait."""

    def __init__(self, job_id: str, done: int, total: int) -> None:
        self.job_id, self.done, self.total = job_id, done, total
        self.finished = anyio.Event()
        self._changed = anyio.Event()

    async def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self._wake()

    def finish(self) -> None:
        self.finished.set()
        self._wake()

    async def wait(self) -> None:
        """Wait for the next report, or for the end."""
        if not self.finished.is_set():
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


class Background:
    """The tasks of a process. ``close`` stops them between writes: anyio shields what must not be cut in half."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], anyio.CancelScope] = {}
        self._closing = False

    def start(self, work: Callable[[], Awaitable[None]]) -> None:
        """Begin a task; when it is closing, one that gets as far as its first wait."""
        scope = anyio.CancelScope()
        if self._closing:
            scope.cancel()
        task = asyncio.get_running_loop().create_task(self._guarded(work, scope))
        self._tasks[task] = scope
        task.add_done_callback(self._tasks.pop)

    async def close(self) -> None:
        self._closing = True
        for scope in self._tasks.values():
            scope.cancel()
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    @staticmethod
    async def _guarded(work: Callable[[], Awaitable[None]], scope: anyio.CancelScope) -> None:
        with scope:
            try:
                await work()
            except ZohoError as error:
                log.warning("background.stopped", reason=error.message, hint=error.hint)
            except Exception:
                log.exception("background.crashed")  # nobody waits for it; the journal says where to go on
