"""``export``: a whole module into a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zohocrm_mcp.cli._prepared import AsJson, Connection, show
from zohocrm_mcp.cli._whole import bar, run
from zohocrm_mcp.connections.names import DEFAULT

if TYPE_CHECKING:
    from zohocrm_mcp.services import Services


EXAMPLES = (
    "zohocrm-mcp export Accounts accounts.csv",
    'zohocrm-mcp export Accounts active.jsonl --criteria "Account_Status:equals:Active" --fields "Account_Name,Owner"',
)


def export(
    module: Annotated[str, typer.Argument(help="API name or label, e.g. Accounts.")],
    file: Annotated[Path, typer.Argument(help="FILE.csv or FILE.jsonl; it appears when it is whole.")],
    *,
    criteria: Annotated[str, typer.Option(help="Zoho's syntax, or a COQL condition; left out: all records.")] = "",
    fields: Annotated[str, typer.Option(help="API names or labels, comma-separated; left out: all.")] = "",
    connection: Connection = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Write every record that meets the condition to a CSV or JSON-lines file."""
    names = [name.strip() for name in fields.split(",") if name.strip()]

    async def work(services: Services) -> int:
        with bar(f"Reading {module}") as progress:
            return await services.exports.to_file(module, file, criteria=criteria, fields=names, progress=progress)

    count = run(connection, work)
    body = {"module": module, "file": str(file), "records": count}
    show(body, f"{count} records of {module} are in {file}.", as_json=as_json)
