"""What the demo shows, scene by scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zohocrm_mcp.cli.config import Client, as_text, document, installed

if TYPE_CHECKING:
    from mcp.shared.dispatcher import ProgressFnT
    from rich.console import Console

    from zohocrm_mcp.cli.demo import Caller

Bar = Callable[[str], AbstractContextManager["ProgressFnT"]]
CRITERIA = "(Industry:equals:Technology) and (Annual_Revenue:greater_than:1000000)"
SHOWN = ("Account_Name", "Industry", "Annual_Revenue", "Account_Status")


class Story:
    def __init__(self, console: Console, call: Caller, bar: Bar) -> None:
        self._console, self._call, self._bar = console, call, bar

    async def tell(self) -> None:
        self._console.print(
            f"[bold]zohocrm-mcp[/bold]: {await self._call.tools()} tools over a simulated Zoho CRM. Each step is a "
            "real MCP call over stdio, through the official Zoho SDK, over HTTP, with tokens in PostgreSQL."
        )
        await self._schema()
        found = await self._search()
        await self._refused(found[0]["id"])
        await self._bulk()
        self._snippet()

    async def _schema(self) -> None:
        self._scene("What is there?", "describe_module Accounts")
        described = await self._call("describe_module", module="Accounts", fields=["Account Status", "health score"])
        for field in described["fields"]:
            values = f": {', '.join(field['picklist'])}" if field.get("picklist") else ""
            self._say(f"{field['api_name']} ({field['label']}, {field['type']}){values}")

    async def _search(self) -> list[dict[str, Any]]:
        self._scene("Which technology accounts make more than a million?", f'search_accounts "{CRITERIA}"')
        page = await self._call("search_accounts", criteria=CRITERIA, limit=5, fields=list(SHOWN))
        self._table(page["records"])
        more = " and there are more" if page["more_records"] else ""
        self._say(f"{page['count']} shown{more}; asked by {page['via']}: {page['criteria']}")
        records: list[dict[str, Any]] = page["records"]
        return records

    async def _refused(self, account_id: str) -> None:
        self._scene("A typing mistake does no harm.", 'update_account {"Account_Status": "Aktive"}')
        error = await self._call.refused("update_account", account_id=account_id, values={"Account_Status": "Aktive"})
        self._say(f"refused before anything was sent: {error['message']} {error['hint']}")

    async def _bulk(self) -> None:
        self._scene("Change 150 accounts, with a preview first.", "bulk_update_accounts dry_run=true, then run_job")
        records = [{"id": each, "Health_Score": 90} for each in await self._ids(150)]
        planned = await self._call("bulk_update_accounts", records=records, dry_run=True)
        change = planned["changes"][0]["changed"].get("Health_Score", {})
        self._say(f"planned: {planned['pending']} changes, the first {change.get('before')} to {change.get('after')}")
        with self._bar("updating") as progress:
            done = await self._call("run_job", job_id=planned["job_id"], progress=progress)
        self._say(f"{done['state']}: {done['succeeded']} of {done['total']}, {done['failed']} failed")
        self._scene("Take it all back.", "undo_job")
        with self._bar("undoing") as progress:
            undone = await self._call("undo_job", job_id=done["job_id"], progress=progress)
        self._say(f"{undone['state']}: {undone['succeeded']} accounts hold their old values again")

    async def _ids(self, count: int) -> list[str]:
        page = await self._call("get_accounts", limit=count, fields=["Account_Name"])
        return [record["id"] for record in page["records"]]

    def _snippet(self) -> None:
        self._scene("Your turn: paste this into your client", "zohocrm-mcp config --demo --client claude-desktop")
        snippet = as_text(document(Client.claude_desktop, installed(), demo=True))
        self._console.print(snippet, markup=False, soft_wrap=True)

    def _scene(self, question: str, call: str) -> None:
        self._console.print(f"\n[bold cyan]{question}[/bold cyan]")
        self._say(f"> {call}", style="dim")

    def _say(self, text: str, style: str = "") -> None:
        """Print a line; what does not fit goes on below its beginning."""
        self._console.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))

    def _table(self, records: Sequence[dict[str, Any]]) -> None:
        table = Table(*(name.replace("_", " ") for name in SHOWN), box=None, padding=(0, 2))
        for record in records:
            table.add_row(*(_shown(record.get(name)) for name in SHOWN))
        self._console.print(table)


def _shown(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, float) else str(value or "")
