"""``doctor``: is everything as it should be?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from zohocrm_mcp.cli._prepared import AsJson, Connection, prepared, show
from zohocrm_mcp.connections.names import DEFAULT, checked_name

if TYPE_CHECKING:
    from zohocrm_mcp.models import Health


EXAMPLES = (
    "zohocrm-mcp doctor",
    "zohocrm-mcp doctor --json",
)


def doctor(*, connection: Connection = DEFAULT, as_json: AsJson = False) -> None:
    """Check configuration, database, keys, token, API access, scopes, certificates and clock; exit code 1 if unwell."""
    health = _examined(checked_name(connection))
    show(health.model_dump(exclude_none=True), _lines(health), as_json=as_json)
    if health.status != "healthy":
        raise typer.Exit(1)


def _examined(connection: str) -> Health:
    import anyio

    from zohocrm_mcp.app import served
    from zohocrm_mcp.errors import ZohoConfigError
    from zohocrm_mcp.services.health.service import examined, misconfigured

    try:
        settings = prepared()
        served(settings)
        return anyio.run(examined, settings, connection)
    except ZohoConfigError as error:
        return misconfigured(error)


def _lines(health: Health) -> str:
    lines = [f"zohocrm-mcp is {health.status}."]
    for name, check in health.checks.items():
        lines.append(f"{'ok   ' if check.status == 'ok' else 'ERROR'} {name.replace('_', ' ')}: {check.detail}")
        if check.hint:
            lines.append(f"      {check.hint}")
    return "\n".join(lines)
