"""How a reference solution uses the server: as a model does, call by call, through a real client."""

from __future__ import annotations

import json
from typing import Any

from mcp import Client
from mcp.types import TextContent, TextResourceContents


class Refused(Exception):  # noqa: N818 -- an answer of the server, not a fault
    """The server answered with an error where the solution expected none."""


class Session:
    """Calls tools and reads resources; what it gets are the facts of the answers."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __call__(self, tool: str, **arguments: Any) -> Any:
        """Call a tool that is expected to do what it is asked."""
        answer = await self.attempt(tool, **arguments)
        if "error" in answer:
            raise Refused(f"{tool}: {answer['error']['message']} {answer['error'].get('hint', '')}")
        return answer

    async def attempt(self, tool: str, **arguments: Any) -> Any:
        """Call a tool that may answer with an error."""
        result = await self._client.call_tool(tool, arguments)
        if result.structured_content is not None:
            return result.structured_content
        (content,) = result.content
        assert isinstance(content, TextContent)
        return {"error": {"message": content.text}}

    async def agreed(self, tool: str, **arguments: Any) -> Any:
        """Call a tool, and where the person must agree first, show them the preview and take a yes."""
        answer = await self(tool, **arguments)
        if "confirm_token" not in answer:
            return answer
        return await self(tool, **arguments, confirm_token=answer["confirm_token"])

    async def read(self, uri: str) -> str:
        (content,) = (await self._client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        return content.text

    async def read_json(self, uri: str) -> Any:
        return json.loads(await self.read(uri))

    async def account_id(self, name: str) -> str:
        """Find the account that has exactly this name."""
        where = [{"field": "Account_Name", "op": "equals", "value": name}]
        found = await self("search_accounts", filters=where, fields=["Account_Name"])
        return str(found["records"][0]["id"])


def names(records: list[dict[str, Any]], field: str = "Account_Name") -> str:
    """Return the names of records as an answer tells them, one a line."""
    return "\n".join(str(record[field]) for record in records)
