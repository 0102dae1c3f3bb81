"""What the way to the first tool list costs: nothing heavy is imported on it."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"zohocrmsdk", "typer", "rich", "psycopg", "procrastinate", "prometheus_client"}
PROGRAM = """
import sys
import anyio
from zohocrm_mcp.app import create_app
from zohocrm_mcp.cli import serve
from zohocrm_mcp.config import load_settings
from zohocrm_mcp.observe.logging import configure_logging
from zohocrm_mcp.transports import stdio
from mcp import Client

configure_logging()

async def main():
    async with Client(create_app(load_settings())[0]) as client:
        assert (await client.list_tools()).tools
        await client.list_resources()
        await client.list_prompts()

anyio.run(main)
print(*sorted({name.partition(".")[0] for name, module in sys.modules.items() if module}))
"""


def test_a_tool_list_needs_neither_sdk_nor_database_nor_command_line() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert HEAVY & set(done.stdout.split()) == set()
