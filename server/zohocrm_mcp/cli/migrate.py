"""``migrate``: the tables of the database."""

from __future__ import annotations

from typing import Annotated

import typer

from zohocrm_mcp.cli._prepared import AsJson, prepared, show, store

EXAMPLES = (
    "zohocrm-mcp migrate",
    "zohocrm-mcp migrate --status --json",
    "zohocrm-mcp migrate --down 7",
)


def migrate(
    *,
    status: Annotated[bool, typer.Option("--status", help="Only show what is applied and what is not.")] = False,
    down: Annotated[int | None, typer.Option(min=0, metavar="TO", help="Take back all migrations above TO.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database up to date; `serve` does so by itself.

    With ZOHO_MCP_MIGRATE_URL as the owner of the tables, who grants the user of DATABASE_URL what it needs.
    """
    from zohocrm_mcp.db import migrate as migrations
    from zohocrm_mcp.db import owner

    settings = prepared()
    with store(settings, migrated=False) as database:
        if down is not None:
            with owner.owner(settings) as connection:
                migrations.revert(connection or database, down)
        elif not status:
            owner.bring_up(settings, database)
        rows = migrations.status(database)
    body = [{"number": row.number, "name": row.name, "applied_at": row.applied_at} for row in rows]
    lines = [f"{row.number:03d} {row.name}: {row.applied_at or 'pending'}" for row in rows]
    show(body, "\n".join(lines), as_json=as_json)
