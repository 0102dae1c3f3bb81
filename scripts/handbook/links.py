"""Links that install the server in a client, as the README has them: they start the published package.

They lead to pages of the clients' makers, because forges let nobody click on schemes of clients.
"""

from __future__ import annotations

from handbook.markdown import table
from zohocrm_mcp.cli.config import FROM_INDEX, Client, install_link

CLIENTS = {"Cursor": Client.cursor, "VS Code": Client.vscode}


def readme_table() -> str:
    rows = [
        (name, *(f"[install]({install_link(client, FROM_INDEX, demo=demo, page=True)})" for demo in (True, False)))
        for name, client in CLIENTS.items()
    ]
    return table(["client", "simulated CRM", "your organisation"], rows)
