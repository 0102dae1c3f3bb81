"""Processes that call Zoho side by side, for tests of what they share: `python -m support.callers KIND CALLERS`."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import anyio
import anyio.to_thread

from zohocrm_mcp.config import Settings, load_settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.limits import priority
from zohocrm_mcp.models import Answer, Record
from zohocrm_mcp.observe.logging import configure_logging
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import Opened, open_gateway

TESTS = Path(__file__).parent.parent
HEAVY_RECORDS = 11


@contextlib.asynccontextmanager
async def gateway(settings: Settings) -> AsyncIterator[Opened]:
    """A gateway as the product opens it, with a pool of its own."""
    database = database_of(settings)
    opened = await anyio.to_thread.run_sync(open_gateway, settings, database)
    try:
        yield opened
    finally:
        await anyio.to_thread.run_sync(opened.close)
        await anyio.to_thread.run_sync(database.close)


async def read(api: CrmApi, ids: list[str]) -> Answer:
    return await api.get_record("Accounts", ids[0], ["Account_Name"])


async def write(api: CrmApi, ids: list[str]) -> Answer:
    """Send a heavy call."""
    records: list[Record] = [{"id": one, "Phone": "1"} for one in ids[:HEAVY_RECORDS]]
    return await api.update_many("Accounts", records)


async def first_ids(api: CrmApi) -> list[str]:
    return [str(row["id"]) for row in (await api.list_records("Accounts", ["Account_Name"])).data]


async def call_until_stdin_ends(kind: str, callers: int) -> Counter[str]:
    """Make calls of a kind, several at once, and count how they end."""
    call: Callable[[CrmApi, list[str]], Awaitable[Answer]] = {"get": read, "bulk": read, "write": write}[kind]
    ends: Counter[str] = Counter()
    async with gateway(load_settings()) as opened, anyio.create_task_group() as group:
        api = CrmApi(opened.gateway)
        ids = await first_ids(api)

        async def caller() -> None:
            while True:
                try:
                    await call(api, ids)
                    ends["ok"] += 1
                except ZohoError as error:
                    ends[error.kind] += 1

        with priority.bulk() if kind == "bulk" else contextlib.nullcontext():
            for _ in range(callers):
                group.start_soon(caller)
        await anyio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
        group.cancel_scope.cancel()
    return ends


class Callers:
    """A process of callers; ``stop`` it, or ``kill`` it as nothing expects."""

    def __init__(self, settings: Settings, kind: str = "get", callers: int = 8) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.callers", kind, str(callers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=TESTS,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
                **environment_of(settings),
            },
        )

    def stop(self) -> Counter[str]:
        """End it in order and return how its calls have ended."""
        out, _ = self._process.communicate(timeout=60)
        return Counter(json.loads(out))

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def callers(*processes: Callers) -> Iterator[None]:
    """End them all, whatever the test does."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as variables of the environment."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    plain = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else value for name, value in given.items()
    }
    return {str(Settings.model_fields[name].alias): str(value) for name, value in plain.items()}


if __name__ == "__main__":
    configure_logging("WARNING", "console")
    counted = anyio.run(call_until_stdin_ends, sys.argv[1], int(sys.argv[2]))
    sys.stdout.write(json.dumps(counted))
