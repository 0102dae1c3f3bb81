"""A process of the product at its bulk jobs, for tests that kill it: `python -m support.bulk_process UPDATE|WORK`."""

from __future__ import annotations

import json
import sys

import anyio

from support.bulk import hands
from zohocrm_mcp.config import Settings, load_settings


async def update(settings: Settings) -> None:
    """Write down and run the update that stands on stdin."""
    async with hands(settings, concurrency=2) as here:
        await here.bulk.update("Accounts", json.load(sys.stdin))


async def work(settings: Settings) -> None:
    """Take up whatever nobody works on, until killed."""
    async with hands(settings, concurrency=2, sleep=anyio.sleep) as here:
        here.take_up()
        await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run({"UPDATE": update, "WORK": work}[sys.argv[1]], load_settings())
