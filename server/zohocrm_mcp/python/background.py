"""An event loop in a thread of its own, and something opened in it that threads without a loop call."""

from __future__ import annotations

import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import Generic, NamedTuple, TypeVar

import anyio
from anyio.from_thread import BlockingPortal

from zohocrm_mcp.errors import ZohoError

S = TypeVar("S")
T = TypeVar("T")
Opening = Callable[[], AbstractAsyncContextManager[S]]
THREAD = "zohocrm-mcp client"


class _Running(NamedTuple, Generic[S]):
    """A loop at work; ``ended`` is done when everything is closed, with what went wrong there."""

    portal: BlockingPortal
    inside: S
    ended: Future[None]

    def close(self) -> None:
        self.portal.call(self.portal.stop)
        self.ended.result()


class BackgroundLoop(Generic[S]):
    """Opens at the first call, from any thread, and calls may come from any number of threads.

    ``opening`` gives what is opened in the loop, and closed after the last call has ended. A loop that is forgotten
    is closed when it is collected. Its threads are daemons: one that is still open when the program ends goes with it.
    """

    def __init__(self, opening: Opening[S]) -> None:
        self._opening = opening
        self._lock = threading.Lock()
        self._running: _Running[S] | None = None
        self._closed = False

    def open(self) -> None:
        """Open now what the first call would open.

        Raises:
            ZohoError: it is closed already, or what keeps it from opening; the next call tries again.
        """
        with self._lock:
            self._open()

    def call(self, work: Callable[[S], Awaitable[T]]) -> T:
        """Do ``work`` in the loop and return what it returns. An interrupt ends it there too."""
        with self._lock:
            running = self._open()
            future = running.portal.start_task_soon(work, running.inside)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def iterate(self, work: Callable[[S], AsyncIterator[T]]) -> Iterator[T]:
        """Yield what ``work`` yields, going on in the loop only as far as it is asked for.

        An iterator that is left half-way is closed by the loop when it is collected, as asyncio does with every
        asynchronous generator.
        """
        started: list[AsyncIterator[T]] = []

        async def following(inside: S) -> list[T]:
            if not started:
                started.append(work(inside))
            async for item in started[0]:
                return [item]
            return []

        while found := self.call(following):
            yield found[0]

    def close(self) -> None:
        """Let calls under way end, then close for good; closing twice does no harm."""
        with self._lock:
            running, self._running, self._closed = self._running, None, True
        if running:
            self._forgotten.detach()
            running.close()

    def _open(self) -> _Running[S]:
        if self._closed:
            raise ZohoError("This client is closed.", hint="Make a new one; a client that was closed stays closed.")
        if self._running is None:
            self._running = _start(self._opening)
            self._forgotten = weakref.finalize(self, _close_elsewhere, self._running.close)
            self._forgotten.atexit = False
        return self._running


def _start(opening: Opening[S]) -> _Running[S]:
    started: Future[_Running[S]] = Future()
    ended: Future[None] = Future()

    async def serve() -> None:
        async with opening() as inside, BlockingPortal() as portal:
            started.set_result(_Running(portal, inside, ended))  # fails where nobody waits any more
            await portal.sleep_until_stopped()

    def run() -> None:
        try:
            anyio.run(serve)
        except BaseException as error:  # noqa: BLE001 -- raised where somebody waits
            (ended if started.done() else started).set_exception(error)
        else:
            ended.set_result(None)

    threading.Thread(target=run, name=THREAD, daemon=True).start()
    try:
        return started.result()
    except BaseException:
        started.cancel()
        raise


def _close_elsewhere(close: Callable[[], None]) -> None:
    """Collection may happen in any thread, in that of the loop too, which must not wait for itself."""
    threading.Thread(target=close, name=THREAD).start()
