"""Which data centre knows a sign-in that the one asked does not know? Found out by asking, where somebody wants it."""

from __future__ import annotations

from collections.abc import Mapping

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.endpoint import open_client, refresh
from zohocrm_mcp.connections.refusals import TokenRefusedError
from zohocrm_mcp.connections.rows import ConnectionRow
from zohocrm_mcp.datacentres import DATA_CENTRES

UNKNOWN_THERE = frozenset({"invalid_code", "invalid_client"})
"""What a data centre says of a sign-in of another one."""


def home_elsewhere(
    settings: Settings, row: ConnectionRow, said: str, candidates: Mapping[str, str] | None = None
) -> str:
    """Return the region whose token endpoint accepts the sign-in, or an empty string.

    Nobody is asked where ``said`` is another refusal, nor where ``ZOHO_SDK_ACCOUNTS_URL`` names the only server.

    Args:
        settings: how the network is reached.
        row: the sign-in.
        said: the word of the refusal.
        candidates: token endpoints by region; those that Zoho documents, when it is missing.
    """
    if said not in UNKNOWN_THERE or (settings.accounts_url and candidates is None):
        return ""
    asked = _documented() if candidates is None else candidates
    with open_client(settings) as client:
        for region, url in asked.items():
            if url == row.token_url:
                continue
            try:
                refresh(client, url, row.client_id, row.client_secret, row.refresh_token)
            except TokenRefusedError:
                continue
            return region
    return ""


def _documented() -> dict[str, str]:
    return {region: centre.token_url for region, centre in DATA_CENTRES.items() if centre.documented}
