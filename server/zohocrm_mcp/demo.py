"""``--demo``: the same parts over the simulator, which runs in a thread of this process and ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
from pydantic import SecretStr

from zohocrm_mcp.config import Settings
from zohocrm_mcp.lifecycle import Close
from zohocrm_mcp.parts import open_parts
from zohocrm_mcp.services import Services

if TYPE_CHECKING:
    from zohocrm_mcp.simulator import Simulator

NAME = "demo"
"""The connection and, in the embedded PostgreSQL, the database: nothing of the demo meets what is real."""


def demo_settings(settings: Settings, simulator: Simulator) -> Settings:
    """Return ``settings`` turned to the simulator; no sign-in and no host of the real ones is left in them."""
    return settings.model_copy(
        update={
            "client_id": simulator.client_id,
            "client_secret": SecretStr(simulator.client_secret),
            "refresh_token": SecretStr(simulator.refresh_token),
            "region": "us",
            "environment": "production",
            "api_url": simulator.api_url,
            "accounts_url": simulator.accounts_url,
            "upload_url": simulator.upload_url,
            "ca_bundle": None,
            "proxy": "",
            **({"database_name": NAME} if settings.embedded else {}),
        }
    )


async def open_demo(settings: Settings) -> tuple[Services, Close]:
    """Start the simulator and open the parts over it.

    Raises:
        ZohoError: what keeps the parts from opening.
    """
    from zohocrm_mcp.simulator import Simulator

    simulator = Simulator()
    await anyio.to_thread.run_sync(simulator.start)
    try:
        services, close = await open_parts(demo_settings(settings, simulator), NAME)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(simulator.stop)
        raise

    async def close_both() -> None:
        try:
            await close()
        finally:
            await anyio.to_thread.run_sync(simulator.stop)

    return services, close_both
