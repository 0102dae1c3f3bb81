"""How a task says how far it is, and hears whether to go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from zohocrm_mcp.jobs.journal import JobRow
from zohocrm_mcp.jobs.tasks import TaskStore

Progress = Callable[[int, int], Awaitable[None]]


class Steps:
    """One run of a job. Everything answers False when the job was asked to stop, or somebody else has it."""

    def __init__(self, store: TaskStore, job: JobRow, run: int, progress: Progress | None) -> None:
        self._store, self.job, self.run, self._progress = store, job, run, progress
        self.done, self.total = 0, job.total

    async def at(self, done: int, total: int) -> bool:
        """Say that ``done`` of ``total`` records are done."""
        self.done, self.total = done, total
        going = await self._store.advance(self.job.job_id, self.run, done, total)
        if going and self._progress:
            await self._progress(done, total)
        return going

    async def go_on(self) -> bool:
        """Ask while there is nothing to say."""
        return await self._store.advance(self.job.job_id, self.run, self.done, self.total)
