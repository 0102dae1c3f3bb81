"""``audit``: who did what to which records."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from zohocrm_mcp.cli._prepared import AsJson, prepared, show, store
from zohocrm_mcp.errors import InvalidInputError

EXAMPLES = (
    "zohocrm-mcp audit --since 7d",
    "zohocrm-mcp audit --since 2026-01-31 --until 2026-02-28 --json",
    "zohocrm-mcp audit --record 554023000000481001 --since 52w",
)
_AGO = re.compile(r"(\d{1,5})([smhdw])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def audit(
    *,
    since: Annotated[str, typer.Option(help="A date, a time, or how long ago: 2026-01-31, 30m, 24h, 7d.")] = "24h",
    until: Annotated[str, typer.Option(help="The same; now when it is missing.")] = "",
    connection: Annotated[str, typer.Option("--connection", metavar="NAME", help="Only this sign-in.")] = "",
    who: Annotated[str, typer.Option(help="Only callers whose name holds this.")] = "",
    tool: Annotated[str, typer.Option(help="Only this tool, or an event such as job.ended.")] = "",
    record: Annotated[str, typer.Option(metavar="ID", help="Only what touched this record.")] = "",
    job: Annotated[str, typer.Option(metavar="ID", help="Only what belongs to this job.")] = "",
    call: Annotated[str, typer.Option(metavar="ID", help="Only this call, as an error or the log names it.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Show who did what to which records: every call of a writing tool, every end of a job. Values never stand here."""
    from zohocrm_mcp.observe.audit import Audit, Wanted

    wanted = Wanted(
        since=moment(since),
        until=moment(until) if until else None,
        connection=connection,
        who=who,
        event=tool,
        record_id=record,
        job_id=job,
        call_id=call,
        limit=limit,
    )
    with store(prepared()) as database:
        entries = Audit(database).read(wanted)
    rows = [asdict(entry) for entry in entries]
    show(rows, "\n".join(map(_line, rows)) or "Nothing.", as_json=as_json)


def moment(text: str) -> datetime:
    """Return the time that ``text`` means; one without a zone is in the machine's own.

    Raises:
        InvalidInputError: it means none.
    """
    if ago := _AGO.match(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise InvalidInputError(
            f"{text!r} is not a time.", hint="Write 2026-01-31, 2026-01-31T08:00+01:00, 30m, 24h or 7d."
        ) from None


def _line(row: dict[str, Any]) -> str:
    ids = row["record_ids"]
    shown = f" {', '.join(ids[:5])}{f' and {len(ids) - 5} more' if len(ids) > 5 else ''}" if ids else ""  # noqa: PLR2004 -- enough for a line
    fields = f" [{', '.join(row['fields'])}]" if row["fields"] else ""
    detail = f" ({row['detail']})" if row["detail"] else ""
    job = f" job {row['job_id']}" if row["job_id"] else ""
    when = f"{row['at']:%Y-%m-%d %H:%M:%S%z}"
    return f"{when} {row['who']} {row['connection']} {row['event']} {row['outcome']}{shown}{fields}{job}{detail}"
