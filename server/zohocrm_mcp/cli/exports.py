"""``exports``: what bulk reads have left in the database, listed and deleted before it expires."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from zohocrm_mcp.cli._prepared import AsJson, Connection, prepared, show, store
from zohocrm_mcp.connections.names import DEFAULT, checked_name

if TYPE_CHECKING:
    from zohocrm_mcp.jobs.exports import ExportStore

EXAMPLES = ("zohocrm-mcp exports list", "zohocrm-mcp exports delete 0b0c5dfb-9c8d-4a51-9d5e-3f6f7f4fd7a1")
group = typer.Typer(help="What bulk reads have left in the database.", no_args_is_help=True)


@contextmanager
def _exports(connection: str) -> Iterator[ExportStore]:
    from zohocrm_mcp.jobs.exports import ExportStore

    with store(prepared()) as database:
        yield ExportStore(database, checked_name(connection))


@group.command("list")
def list_(*, connection: Connection = DEFAULT, as_json: AsJson = False) -> None:
    """Show the exports that have not expired, the newest first."""
    with _exports(connection) as exports:
        rows = anyio.run(exports.latest)
    keys = ("export_id", "module", "state", "record_count")
    body = [{key: getattr(row, key) for key in keys} for row in rows]
    lines = [f"{row.export_id}  {row.module}  {row.record_count} records  {row.state}" for row in rows]
    show(body, "\n".join(lines) or "None.", as_json=as_json)


@group.command()
def delete(
    export_id: Annotated[str, typer.Argument(help="What stands behind crm://exports/.")],
    *,
    connection: Connection = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Remove an export and its records from the database."""
    with _exports(connection) as exports:
        anyio.run(exports.delete, export_id)
    show({"export_id": export_id, "deleted": True}, f"{export_id} is deleted.", as_json=as_json)
