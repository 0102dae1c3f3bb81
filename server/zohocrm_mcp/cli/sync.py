"""``sync``: a mirror of a module in PostgreSQL, kept current."""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from zohocrm_mcp.cli._prepared import AsJson, Connection, show, tell
from zohocrm_mcp.cli._whole import bar, run
from zohocrm_mcp.connections.names import DEFAULT
from zohocrm_mcp.errors import InvalidInputError

if TYPE_CHECKING:
    from zohocrm_mcp.models import Job
    from zohocrm_mcp.services import Services

EXAMPLES = (
    "zohocrm-mcp sync Accounts",
    "zohocrm-mcp sync Accounts --every 15m",
    "zohocrm-mcp sync Accounts --every off",
)
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LEAST_SECONDS = 10
OFF = "off"


def sync(
    module: Annotated[str, typer.Argument(help="API name or label, e.g. Accounts.")],
    *,
    full: Annotated[bool, typer.Option("--full", help="Read everything and remove what is gone.")] = False,
    every: Annotated[str, typer.Option(help="Go on and repeat it, e.g. 15m; workers do too. off ends it.")] = "",
    connection: Connection = DEFAULT,
    as_json: AsJson = False,
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
            return await _repeat(services, module, seconds)

    done = run(connection, work, attend=seconds is not None)
    if done is None:
        show({"module": module, "every": None}, f"{module} is no longer synced by schedule.", as_json=as_json)
        return
    show(done.model_dump(exclude_none=True), _sentence(module, done), as_json=as_json)
    if done.state != "succeeded":
        raise typer.Exit(1)


async def _repeat(services: Services, module: str, seconds: float) -> Job:
    """Tell of every sync that ends, whichever process did it, until cancelled."""
    name = await services.mirror.schedule(module, seconds)
    async with aclosing(services.mirror.ended(name)) as ended:
        async for job in ended:
            tell(_sentence(module, job))
    raise AssertionError("not reached")


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
