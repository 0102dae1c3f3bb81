"""A sign-in as it stands in the token store."""

from __future__ import annotations

from zohocrm_mcp.connections.rows import ConnectionRow
from zohocrm_mcp.simulator import Simulator


def row_of(simulator: Simulator, connection: str) -> ConnectionRow:
    return ConnectionRow(
        connection=connection,
        region="us",
        environment="production",
        api_url=simulator.api_url,
        token_url=simulator.accounts_url,
        upload_url=simulator.upload_url,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        refresh_token=simulator.refresh_token,
    )
