"""``sync``: a mirror of a module in PostgreSQL, kept current."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from zohocrm_mcp.cli._prepared import Connection, tell
from zohocrm_mcp.cli._whole import Progress, bar, run
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.errors import InvalidInputError

if TYPE_CHECKING:
    from zohocrm_mcp.models import Job
    from zohocrm_mcp.services import Services

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LEAST_SECONDS = 10
OFF = "off"


def sync(
    module: Annotated[str, typer.Argument(help="API name or label, e.g. Accounts.")],
    *,
    full: Annotated[bool, typer.Option("--full", help="Read everything and remove what is gone.")] = False,
    every: Annotated[str, typer.Option(help="Go on and repeat it, e.g. 15m; workers do too. off ends it.")] = "",
    connection: Connection = DEFAULT,
) -> None:
    """Keep a table of a module's records current in PostgreSQL: table mirror, view mirror_records.

    Reads what was changed and deleted since the last time; the first time everything.
    """
    seconds = None if every in {"", OFF} else duration(every)

    async def work(services: Services) -> Job | None:
        with bar(f"Mirroring {module}") as progress:
            if every == OFF:
                await services.mirror.schedule(module, None)
                return None
            if seconds is None or full:
                done = await services.mirror.sync(module, full=full, progress=progress)
            if seconds is None:
                return done
            return await _repeat(services, module, seconds, progress)

    done = run(connection, work)
    if done is None:
        typer.echo(f"{module} is no longer synced by schedule.")
        return
    typer.echo(_sentence(module, done))
    if done.state != "succeeded":
        raise typer.Exit(1)


async def _repeat(services: Services, module: str, seconds: float, progress: Progress | None) -> Job:
    name = await services.mirror.schedule(module, seconds)
    while True:
        for job in await services.mirror.sync_due(name, progress=progress):
            tell(_sentence(module, job))
        await anyio.sleep(await services.mirror.seconds_left(name) or 1)


def duration(text: str) -> float:
    """Return the seconds of ``30s``, ``15m``, ``2h`` or ``1d``.

    Raises:
        InvalidInputError: it is none of these, or shorter than ten seconds.
    """
    parts = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip())
    seconds = int(parts[1]) * UNITS[parts[2]] if parts else 0
    if seconds < LEAST_SECONDS:
        raise InvalidInputError(f"--every is {text!r}.", hint="Write 30s, 15m, 2h or 1d; at least 10s.", field="every")
    return seconds


def _sentence(module: str, job: Job) -> str:
    if job.state == "succeeded":
        return f"{module} is current: {job.succeeded} records read or removed (job {job.job_id})."
    return f"{module} is not current, the job {job.job_id} is {job.state}. {job.trouble or ''}".rstrip()
