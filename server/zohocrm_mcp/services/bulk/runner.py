"""Runs a job: chunks side by side, each read, written down, sent, and written down again.

A job belongs to whoever has taken it up in the journal. What an earlier run has sent without writing the outcome is
read back before anything is sent again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol

import anyio
import structlog

from zohocrm_mcp.errors import ZohoError, first_of
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import Chunk, JobRow
from zohocrm_mcp.jobs.store import JobStore
from zohocrm_mcp.limits.priority import bulk
from zohocrm_mcp.services.bulk.denying import Denials
from zohocrm_mcp.services.bulk.patience import Patience, watched

GRACE_SECONDS = 5.0
"""How long a chunk that was left in flight may still arrive at Zoho before it is read back."""

CRASHED = "The job met a fault inside the server, whose log tells more. resume_job goes on from where it was."

Progress = Callable[[int, int], Awaitable[None]]
Step = Callable[["_Work", Chunk], Awaitable[bool]]
log = structlog.get_logger(__name__)


class Kind(Protocol):
    """What the kinds of jobs do differently."""

    async def prepare(self, job: JobRow, entries: Sequence[Entry]) -> None:
        """Read before-images; fail or skip what cannot be done."""

    async def send(self, job: JobRow, entries: Sequence[Entry]) -> None:
        """Give each pending entry a final state."""

    async def settle(self, job: JobRow, entries: Sequence[Entry]) -> None:
        """Look at entries that an earlier run may have sent: give those that were made their final state."""


class Task(Protocol):
    """A kind of job that works on a module or a file as a whole, not on chunks side by side."""

    async def preview(self, job: JobRow) -> None:
        """Read what a planned job would change, and keep it. Sends no write."""

    async def work(self, job: JobRow, run: int, progress: Progress | None) -> None:
        """Do everything, writing to the journal how far it is; end early when that says so."""


class JobRunner:
    """``tasks`` are the kinds without chunks side by side."""

    def __init__(
        self,
        store: JobStore,
        kinds: dict[str, Kind],
        patience: Patience,
        denials: Denials,
        *,
        concurrency: int,
        tasks: dict[str, Task] | None = None,
    ) -> None:
        self._store, self._kinds, self._patience, self._concurrency = store, kinds, patience, concurrency
        self._tasks, self._denials = tasks or {}, denials

    async def run(self, job: JobRow, progress: Progress | None = None) -> None:
        """Work on a job until it is done, cancelled, or stopped by something that needs a person."""
        async with self._store.taken_up(job.job_id) as run:
            if run is None:
                return
            trouble = ""
            try:
                with bulk(), watched(lambda why: self._store.waits(job.job_id, run, why)):
                    await self._work(job, run, progress)
            except* ZohoError as group:
                first = first_of(group)
                trouble = f"{first.message} {first.hint}"
                log.warning("job.stopped", job_id=str(job.job_id), reason=first.message)
            except* Exception:  # taken up again it would only crash again, every few seconds
                trouble = CRASHED
                log.exception("job.crashed", job_id=str(job.job_id))
            await self._store.finish(job.job_id, run, trouble)
            log.debug("job.ended", job_id=str(job.job_id), kind=job.kind, reason=trouble)

    async def _work(self, job: JobRow, run: int, progress: Progress | None) -> None:
        if job.kind in self._tasks:
            await self._tasks[job.kind].work(job, run, progress)
            return
        chunks = await self._store.chunks(job.job_id, only_open=True)
        chunks.sort(key=lambda chunk: not chunk.left)  # looked at even when the job is to stop
        await self._all(_Work(job, run, self._kinds[job.kind], progress), chunks, self._chunk)

    async def preview(self, job: JobRow) -> None:
        """Read the before-images of a planned job and keep them. Sends no write."""
        if job.kind in self._tasks:
            with bulk():
                await self._tasks[job.kind].preview(job)
            return
        work = _Work(job, job.run, self._kinds[job.kind], None)
        with bulk():
            await self._all(work, await self._store.chunks(job.job_id, only_open=True), self._look)

    async def _all(self, work: _Work, chunks: list[Chunk], do: Step) -> None:
        waiting = iter(chunks)
        async with anyio.create_task_group() as group:
            for _ in range(min(self._concurrency, len(chunks))):
                group.start_soon(self._worker, work, waiting, do)

    @staticmethod
    async def _worker(work: _Work, waiting: Iterator[Chunk], do: Step) -> None:
        for chunk in waiting:
            if not await do(work, chunk):
                return

    async def _look(self, work: _Work, chunk: Chunk) -> bool:
        todo = [entry for entry in chunk.entries if entry.state == "pending"]
        await self._prepare(work, todo)
        return await self._store.settle(work.job.job_id, work.run, chunk.number, chunk.entries)

    async def _prepare(self, work: _Work, todo: list[Entry]) -> None:
        await self._denials.refuse(work.job.module, todo)
        allowed = [entry for entry in todo if entry.state == "pending"]
        if allowed:
            await self._patience.with_(lambda: work.kind.prepare(work.job, allowed))

    async def _chunk(self, work: _Work, chunk: Chunk) -> bool:
        """Do one chunk. False: cancelled, or somebody else has the job."""
        todo = [entry for entry in chunk.entries if entry.state == "pending"]
        if chunk.left:
            await self._patience.sleep(max(GRACE_SECONDS - chunk.age, 0))
            await work.kind.settle(work.job, todo)
            # now, since a job that is to stop claims nothing: what was made must be known to undo
            await self._store.settle(work.job.job_id, work.run, chunk.number, chunk.entries)
        else:
            await self._prepare(work, todo)
        if not await self._store.claim(work.job.job_id, work.run, chunk.number, chunk.entries):
            return False
        try:
            await work.kind.send(work.job, [entry for entry in todo if entry.state == "pending"])
        finally:
            gained: Counter[str] = Counter(entry.state for entry in todo)
            kept = await self._store.settle(work.job.job_id, work.run, chunk.number, chunk.entries)
        await work.report(gained)
        return kept


class _Work:
    """A job under way in this process."""

    def __init__(self, job: JobRow, run: int, kind: Kind, progress: Progress | None) -> None:
        self.job, self.run, self.kind, self._progress = job, run, kind, progress
        self.done = job.total - job.pending

    async def report(self, gained: Counter[str]) -> None:
        self.done += gained.total() - gained["pending"]
        log.debug("job.progress", job_id=str(self.job.job_id), done=self.done, total=self.job.total)
        if self._progress:
            await self._progress(self.done, self.job.total)
