"""A client as an owner of a model would bring it, with a script in the place of the model."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters


async def main(server: dict[str, Any]) -> None:
    parameters = StdioServerParameters(command=server["command"], args=server["args"], env=server["env"])
    async with Client(parameters) as client:
        answer = await client.call_tool("count_records", {})
    assert answer.structured_content
    sys.stdout.write(f"There are {answer.structured_content['count']} accounts.\n")


if __name__ == "__main__":
    assert sys.argv[1] == os.environ["EVALUATION_MCP_CONFIG"]
    assert "How many accounts" in sys.stdin.read()
    anyio.run(main, json.loads(Path(sys.argv[1]).read_text())["mcpServers"]["zohocrm"])
