"""``migrate``: the tables of the database."""

from __future__ import annotations

from typing import Annotated

import typer

from zohocrm_mcp.cli._prepared import AsJson, prepared, show, store


def migrate(
    *,
    status: Annotated[bool, typer.Option("--status", help="Only show what is applied and what is not.")] = False,
    down: Annotated[int | None, typer.Option(min=0, metavar="TO", help="Take back all migrations above TO.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database up to date; `serve` does so by itself."""
    from zohocrm_mcp.db import migrate as migrations

    with store(prepared(), migrated=False) as database:
        if down is not None:
            migrations.revert(database, down)
        elif not status:
            migrations.apply(database)
        rows = migrations.status(database)
    body = [{"number": row.number, "name": row.name, "applied_at": row.applied_at} for row in rows]
    lines = [f"{row.number:03d} {row.name}: {row.applied_at or 'pending'}" for row in rows]
    show(body, "\n".join(lines), as_json=as_json)
