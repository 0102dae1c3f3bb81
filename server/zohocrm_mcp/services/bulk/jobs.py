"""Jobs from their draft to their end: written down, run, followed, stopped, taken up again, undone."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace

import anyio

from zohocrm_mcp.errors import ConflictError, NotFoundError
from zohocrm_mcp.jobs.entries import Entry
from zohocrm_mcp.jobs.journal import MANY, Draft, JobRow
from zohocrm_mcp.jobs.store import JobStore
from zohocrm_mcp.models import Job, Jobs, JobState, Record
from zohocrm_mcp.observe.who import who
from zohocrm_mcp.services.bulk import plan, report
from zohocrm_mcp.services.bulk.background import Background, Live
from zohocrm_mcp.services.bulk.denying import Denials
from zohocrm_mcp.services.bulk.removing import DELETE
from zohocrm_mcp.services.bulk.runner import JobRunner

Progress = Callable[[int, int], Awaitable[None]]
Tell = Callable[[str], Awaitable[None]]

ASIDE_SECONDS = 0.25
"""How often a call looks how far another process has come with its job."""

OPEN = frozenset({"queued", "running"})
STOPPED: tuple[JobState, ...] = ("cancelled", "failed", "partly_failed")


class JobService:
    """``call_seconds``: a call that takes longer answers with the job as it is, and the job goes on."""

    def __init__(
        self, store: JobStore, runner: JobRunner, background: Background, denials: Denials, *, call_seconds: float
    ) -> None:
        self._store, self._runner, self._denials = store, runner, denials
        self._background, self._call_seconds = background, call_seconds
        self._live: dict[str, Live] = {}
        self.listeners: list[Tell] = []

    @property
    def under_way(self) -> bool:
        """Whether this process is at a job."""
        return bool(self._live)

    async def begin(
        self, draft: Draft, *, dry_run: bool = False, background: bool = False, progress: Progress | None = None
    ) -> Job:
        """Write a job down and run it; a dry run only reads what it would change and leaves it planned."""
        draft = replace(draft, dry_run=dry_run, asked_by=draft.asked_by or who())
        job_id = await self._store.create(draft, queued=background and not dry_run)
        if dry_run:
            return await self.preview(job_id)
        return await self._go_on(job_id, background=background, progress=progress)

    async def preview(self, job_id: str) -> Job:
        """Read what a job would change that was written down as planned, and keep it."""
        await self._runner.preview(await self._store.find(job_id))
        return await self.get(job_id)

    async def run(self, job_id: str, *, background: bool = False, progress: Progress | None = None) -> Job:
        """Do what a dry run has previewed.

        Raises:
            ConflictError: the job is not a planned one, or was run already.
        """
        row = await self._store.find(job_id)
        if not await self._store.move(row.job_id, ["planned"], "queued", queued=background):
            now = await self._store.find(job_id)  # somebody else may have run it just now
            raise ConflictError(f"The job {job_id} is {now.state}, not planned.", hint=report.instead_of_run(now))
        return await self._go_on(job_id, background=background, progress=progress)

    async def resume(self, job_id: str, *, progress: Progress | None = None) -> Job:
        """Go on with a job that was cancelled or stopped; what is done is not done again.

        Raises:
            ConflictError: the job has nothing left to do.
        """
        row = await self._store.find(job_id)
        if row.state not in OPEN and not (row.pending and row.state in STOPPED):  # an open one is at least to be ended
            raise ConflictError(
                f"The job {job_id} is {row.state} and has nothing to go on with.", hint=report.instead_of_resume(row)
            )
        await self._store.move(row.job_id, STOPPED, "queued")
        return await self._go_on(job_id, progress=progress)

    async def cancel(self, job_id: str) -> Job:
        """Stop a job between chunks; what is done stays done."""
        row = await self._store.find(job_id)
        if row.state == "planned":
            await self._store.move(row.job_id, ["planned"], "cancelled")
        elif await self._store.ask_to_stop(row.job_id):
            self._start(row)
            await self._wait(self._live[job_id], None)
        return await self.get(job_id)

    async def whole(self, job_id: str) -> Job:
        """Return a job with every failure it has."""
        return await self.get(job_id, most=MANY)

    async def get(self, job_id: str, *, most: int = report.SHOWN_FAILURES) -> Job:
        """Return a job with its first failures."""
        row = await self._store.find(job_id)
        bad: list[Entry] = []
        bad += await self._store.entries(row.job_id, "failed", most) if row.failed else []
        bad += await self._store.entries(row.job_id, "skipped", most) if row.skipped else []
        first = await self._store.entries(row.job_id, most=report.SHOWN_CHANGES) if row.dry_run else None
        changes = None if first is None else report.changes_of(await self._denials.hide(row.module, first))
        told = await self._denials.hide(row.module, bad[:most])
        return report.job_of(row, report.failures_of(told), changes)

    async def list(self, state: str = "", limit: int = 20) -> Jobs:
        return Jobs(jobs=[report.job_of(row, []) for row in await self._store.latest(state, limit)])

    async def undo(
        self, job_id: str, *, dry_run: bool = False, background: bool = False, progress: Progress | None = None
    ) -> Job:
        """Set back what a job has changed, as a job of its own; what somebody else has changed since is left alone.

        Raises:
            ConflictError: the job has changed nothing, is not at its end, or was undone already.
        """
        row = await self._store.find(job_id)
        if not report.job_of(row, []).undo_available:
            raise ConflictError(
                f"The job {job_id} is {row.state} with {row.succeeded} changes: there is nothing to undo"
                f"{' yet' if row.state in OPEN else ''}.",
                hint=report.instead_of_undo(row),
            )
        done = await self._store.entries(row.job_id, "succeeded")
        entries = [_way_back(number, entry) for number, entry in enumerate(done, 1)]
        request: Record = {"undo": job_id}
        draft = Draft("undo", row.module, plan.in_chunks(entries), request, undo_of=row.job_id)
        return await self.begin(draft, dry_run=dry_run, background=background, progress=progress)

    async def perform(self, job_id: str) -> None:
        """Do a job that the queue hands out, to its end; nothing where this process is at it already."""
        row = await self._store.find(job_id)
        if job_id not in self._live:
            await self._start(row).finished.wait()

    async def heard(self, moved: frozenset[str]) -> None:
        """Tell the listeners which jobs have moved, in whatever process and over whatever connection."""
        for job_id in moved:
            for tell in list(self.listeners):
                await tell(job_id)

    async def ended(self, kind: str, module: str) -> AsyncGenerator[Job]:
        """Yield every job of a kind and module that ends from now on, in whatever process, each end once."""
        send, moved = anyio.create_memory_object_stream[str](math.inf)
        told: set[tuple[str, int]] = set()
        self.listeners.append(send.send)
        try:
            async for job_id in moved:
                row = await self._ended(job_id, kind, module)
                if row and (job_id, row.run) not in told:
                    told.add((job_id, row.run))
                    yield await self.get(job_id)
        finally:
            self.listeners.remove(send.send)
            send.close()
            moved.close()

    async def _ended(self, job_id: str, kind: str, module: str) -> JobRow | None:
        try:
            row = await self._store.find(job_id)
        except NotFoundError:  # another connection's
            return None
        return row if (row.kind, row.module) == (kind, module) and row.state not in OPEN else None

    async def _go_on(self, job_id: str, *, background: bool = False, progress: Progress | None = None) -> Job:
        """Follow a job that is run here; one in the background is run by whoever is free."""
        if not background:
            await self._wait(self._start(await self._store.find(job_id)), progress)
        return await self.get(job_id)

    def _start(self, row: JobRow) -> Live:
        job_id = str(row.job_id)
        running = self._live.get(job_id)
        if running:
            return running
        live = self._live[job_id] = Live(job_id, row.total - row.pending, row.total)

        async def work() -> None:
            try:
                await self._runner.run(row, live.report)
            finally:
                del self._live[job_id]
                live.finish()

        self._background.start(work)
        return live

    async def _wait(self, live: Live, progress: Progress | None) -> None:
        """Follow a job to its end, at most as long as a call may take."""
        with anyio.move_on_after(self._call_seconds):
            while not live.finished.is_set():
                await live.wait()
                if progress:
                    await progress(live.done, live.total)
            while (row := await self._store.find(live.job_id)).state in OPEN:  # another process is at it
                if progress:
                    await progress(row.total - row.pending, row.total)
                await anyio.sleep(ASIDE_SECONDS)


def _way_back(number: int, entry: Entry) -> Entry:
    """Return the entry that undoes another: the old values, or the deletion of what was created."""
    if entry.action == "insert":
        return Entry(number, entry.id, ours=entry.after, action=DELETE)
    ours = {name: (entry.after or {}).get(name) for name in entry.sent}
    back = Entry(number, entry.id, sent=entry.before or {}, ours=ours)
    if entry.before is None and entry.action != DELETE:
        back.skip("NO_BEFORE_IMAGE", f"Left alone: it is not known what {entry.id} held before the job.")
    return back
