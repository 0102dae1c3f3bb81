"""A procrastinate worker in a thread of its own, for the connections it begins with.

There its heart beats while the main event loop is busy, importing it holds nobody up, and it has the kind of loop that
psycopg needs, which the main one is not on Windows. The jobs run in the main loop and outlast the ticket that has
started them: a ticket is done with when the worker stops, and whose job was not ended then is found by its free lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import psycopg
import structlog

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import NotFoundError, ZohoError
from zohocrm_mcp.jobs import queue, schedules

if TYPE_CHECKING:
    from procrastinate import App

HANDS = 4
"""Jobs that a process takes out of the queues at a time; those it is asked for come on top."""

LOOK_SECONDS = 2.0
"""How often it looks for what is due, and for jobs that a dead process has left."""

LOOKS_FOR_DEAD = 8
"""Each so many looks are for tickets of the dead as well; a job of theirs does not wait for it, its lock is free."""

BEAT_SECONDS, DEAD_SECONDS = 5.0, 15.0
"""How often a worker says that it lives, and how long it may be silent."""

AGAIN_SECONDS = 2.0
"""How long it waits while the database is away."""

LATER_SECONDS = 30
"""When a job is tried again that could not be begun."""

CONNECTIONS = 2
"""To the database at the most, besides the one that hears of new tickets."""

Perform = Callable[[str, str], Awaitable[None]]
log = structlog.get_logger(__name__)


class Shift:
    """Begins at once and goes on until ``end``, however often the database goes away."""

    def __init__(
        self, database: Database, performs: Mapping[str | None, Perform], home: asyncio.AbstractEventLoop
    ) -> None:
        self._database, self._performs, self._home = database, dict(performs), home
        self._connections = None if None in performs else [name for name in performs if name is not None]
        self._loop, self._over = asyncio.SelectorEventLoop(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="queue worker", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Take no more tickets, let go of those in hand, and wait for the thread. Jobs under way are not stopped."""
        with contextlib.suppress(RuntimeError):  # the thread has crashed, and with it its loop
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._work())

    async def _work(self) -> None:
        from procrastinate.exceptions import ConnectorException

        over = asyncio.create_task(self._over.wait())
        while not over.done():
            try:
                async with self._app().open_async() as app:
                    await self._until(over, app)
            except (ConnectorException, psycopg.Error, ZohoError) as error:
                log.warning("queue.away", reason=str(error.__cause__ or error))
            except Exception:
                log.exception("queue.crashed")  # jobs must not wait for a restart
            await asyncio.wait([over], timeout=AGAIN_SECONDS)

    async def _until(self, over: asyncio.Task[bool], app: App) -> None:
        """Work until it is over, or until something fails."""
        working = app.run_worker_async(
            queues=self._queues(),
            concurrency=HANDS,
            shutdown_graceful_timeout=0,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT_SECONDS,
            stalled_worker_timeout=DEAD_SECONDS,
        )
        tasks = [asyncio.create_task(working), asyncio.create_task(self._keep_looking(app))]
        try:
            await asyncio.wait([over, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancelled(tasks)
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    def _queues(self) -> Any:
        """Return the names of the queues; None, which the library's types leave out, stands for all."""
        return None if self._connections is None else [queue.queue_of(name) for name in self._connections]

    async def _keep_looking(self, app: App) -> None:
        for look in itertools.count():
            await asyncio.to_thread(self._look)
            if look % LOOKS_FOR_DEAD == 0:
                await _forget_dead(app)
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        with self._database.connection() as db:
            queue.defer_left_behind(db, self._connections)
            schedules.defer_due(db, self._connections)

    def _app(self) -> App:
        """Return the library with our one task, over a pool that opens with it."""
        from procrastinate import App, PsycopgConnector

        connector = PsycopgConnector(conninfo=self._database.conninfo, min_size=0, max_size=CONNECTIONS)
        app = App(connector=connector)

        async def run_job(connection: str, job_id: str) -> None:
            try:
                await self._performed(connection, job_id)
            except NotFoundError:
                log.info("job.gone", job_id=job_id, connection=connection)
            except Exception as error:  # noqa: BLE001 -- whatever it is, it must not be lost with the ticket
                log.warning("job.not_begun", job_id=job_id, connection=connection, reason=str(error))
                await _defer_later(app, connection, job_id)

        app.task(name=queue.TASK)(run_job)
        return app

    async def _performed(self, connection: str, job_id: str) -> None:
        perform = self._performs.get(connection) or self._performs[None]
        doing = asyncio.run_coroutine_threadsafe(_awaited(perform, connection, job_id), self._home)
        await asyncio.wrap_future(doing)


async def _awaited(perform: Perform, connection: str, job_id: str) -> None:
    await perform(connection, job_id)


async def _defer_later(app: App, connection: str, job_id: str) -> None:
    from procrastinate.exceptions import AlreadyEnqueued

    ticket = app.configure_task(
        queue.TASK,
        queue=queue.queue_of(connection),
        queueing_lock=job_id,
        schedule_in={"seconds": LATER_SECONDS},
    )
    with contextlib.suppress(AlreadyEnqueued):
        await ticket.defer_async(connection=connection, job_id=job_id)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait until all of them have ended. Before Python 3.12 ``asyncio.wait_for`` may swallow a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)


async def _forget_dead(app: App) -> None:
    """Remove the tickets that dead workers had in hand; whose job was not ended gets another one."""
    from procrastinate.exceptions import ConnectorException
    from procrastinate.jobs import Status

    for ticket in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_SECONDS):
        assert ticket.id
        with contextlib.suppress(ConnectorException):  # another worker was quicker
            await app.job_manager.finish_job_by_id_async(ticket.id, Status.FAILED, delete_job=True)
