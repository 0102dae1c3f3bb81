"""The bare MCP SDK: a server with one tool that gives back what it is given."""

from __future__ import annotations

from mcp.server import MCPServer

server: MCPServer[None] = MCPServer("echo", version="1")


@server.tool()
async def echo(text: str) -> str:
    """Give the text back."""
    return text


if __name__ == "__main__":
    server.run()
