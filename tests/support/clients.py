"""A real client over the whole server, in memory, and the person who sits at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from mcp import Client
from mcp.types import ElicitResult, ErrorData

from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings

Era = Literal["auto", "legacy"]
ERAS: list[Era] = ["auto", "legacy"]
EVERY_TOOLSET = "accounts,bulk,schema,query,service,records,rest"


class Person:
    """Somebody at the client, who answers every question the same way and remembers it."""

    def __init__(self, action: Literal["accept", "decline", "cancel"], *, confirm: bool = True) -> None:
        self.asked: list[str] = []
        self.answer: ElicitResult | ErrorData = ElicitResult(
            action=action, content={"confirm": confirm} if action == "accept" else None
        )

    async def __call__(self, context: Any, params: Any) -> ElicitResult | ErrorData:  # noqa: ARG002 -- as clients call it
        self.asked.append(params.message)
        return self.answer


@asynccontextmanager
async def client(settings: Settings, era: Era, person: Person | None = None) -> AsyncIterator[Client]:
    server, _ = create_app(settings)
    async with Client(server, mode=era, elicitation_callback=person) as connected:
        yield connected


async def call(connected: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await connected.call_tool(tool, arguments)
    answer: dict[str, Any] | None = result.structured_content
    assert answer is not None
    return answer


async def first_account(connected: Client) -> str:
    return str((await call(connected, "get_accounts", limit=1))["records"][0]["id"])
