"""A client from the settings, ready to be used."""

from __future__ import annotations

from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.python.client import ZohoSDKClient


def create_zoho_client(use_mock: bool = False) -> ZohoSDKClient:
    """Return an open client for the account that the settings sign in to; close it at the end.

    Args:
        use_mock: always refused: to try something out there is the simulator, which speaks Zoho's own protocol.

    Raises:
        ZohoConfigError: a setting is missing or wrong, nobody has signed in, or a mock was asked for.
        ZohoDatabaseError: PostgreSQL does not answer.
    """
    if use_mock:
        raise ZohoConfigError(
            "There is no mock client: it would answer with data that nobody has. There is a simulator of Zoho CRM.",
            hint="Run `zohocrm-mcp simulator` and put the addresses and the sign-in that it prints into the settings.",
            variable="use_mock",
        )
    client = ZohoSDKClient()
    client.open()
    return client
