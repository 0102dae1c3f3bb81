"""Jobs that run one after another, by the simulator's clock."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zohocrm_mcp.simulator.bulk.callbacks import send_callback
from zohocrm_mcp.simulator.sources import guessed, known

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.clock import Clock
    from zohocrm_mcp.simulator.settings import Settings
    from zohocrm_mcp.simulator.wire import Call, Json

QUEUED_SHARE = 0.2


@dataclass(slots=True)
class Job:
    """A bulk job; ``state`` is ADDED, QUEUED, IN PROGRESS, COMPLETED or FAILURE."""

    id: int
    operation: str
    call: Call
    request: Json
    created: float
    shown: Callable[[Job], Json]
    work: Callable[[Job], Awaitable[None]]
    state: str = "ADDED"
    error: str | None = None
    result: Json = field(default_factory=dict)
    file: bytes | None = None


@known("observed live: bulk read jobs run one after another, about 3.5 s each", 2026)
@guessed("bulk write jobs queue in the same way; a job takes bulk_job_seconds, a fifth of them as QUEUED")
class Jobs:
    """Jobs by id; those of one operation run one after another."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self._clock, self._settings = clock, settings
        self.by_id: dict[int, Job] = {}
        self._last: dict[str, asyncio.Task[None]] = {}
        self._free: dict[str, float] = {}
        self._moved = asyncio.Event()
        clock.on_advance(self._wake)
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, job: Job) -> None:
        """Queue a job; to be called where the event loop runs."""
        self._loop = asyncio.get_running_loop()
        self.by_id[job.id] = job
        seconds, before = self._settings.bulk_job_seconds, self._last.get(job.operation)
        start = max(job.created, self._free.get(job.operation, job.created))
        self._free[job.operation] = start + seconds
        self._last[job.operation] = self._loop.create_task(self._run(job, before, start, seconds))

    def close(self) -> None:
        """Drop all jobs, wherever they are."""
        self._clock.forget(self._wake)
        for task in self._last.values():
            if self._loop and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(task.cancel)

    async def _run(self, job: Job, before: asyncio.Task[None] | None, start: float, seconds: float) -> None:
        if before:
            job.state = "QUEUED"
            await asyncio.wait([before])
        await self._until(start + seconds * QUEUED_SHARE)
        job.state = "IN PROGRESS"
        try:
            await job.work(job)
            await self._until(start + seconds)
            job.state = "COMPLETED"
        except Exception as error:  # noqa: BLE001 -- a job that breaks is a failed job
            traceback.print_exc(file=sys.stderr)
            job.state, job.error = "FAILURE", str(error)
        if callback := job.request.get("callback"):
            await send_callback(str(callback["url"]), job.shown(job))

    async def _until(self, moment: float) -> None:
        while (left := moment - self._clock.now()) > 0:
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                continue

    def _wake(self) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._moved.set)
