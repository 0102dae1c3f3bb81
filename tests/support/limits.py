"""Budgets that share a database, each over a connection of its own, as those of several processes do."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import anyio
import anyio.to_thread

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.limits import rows
from zohocrm_mcp.limits.budget import Budget, Permit
from zohocrm_mcp.limits.editions import Organisation
from zohocrm_mcp.limits.registry import Limits
from zohocrm_mcp.limits.throttle import Pace
from zohocrm_mcp.models import Call

READ = Call("GET", "/crm/v8/Accounts/1")
QUERY = Call("POST", "/crm/v8/coql", body={"select_query": "select id from Accounts"})
ACME = Organisation("https://acme.example 1", "standard", 0)
SECONDS = 60.0


@contextlib.asynccontextmanager
async def budgets(
    database: Database, count: int, limit: int | None = None, *, of: Organisation = ACME, pace: Pace | None = None
) -> AsyncIterator[list[Budget]]:
    """The budget of one organisation as ``count`` processes have it."""
    with database.connection() as db:
        rows.keep(db, of)
    processes = [Limits(database, max_concurrency=limit, pace=pace) for _ in range(count)]
    try:
        yield [process.budget(of) for process in processes]
    finally:
        for process in processes:
            await anyio.to_thread.run_sync(process.close)


async def enter(budget: Budget, calls: int = 1, call: Call = READ) -> list[Permit]:
    """So many calls under way at once."""
    return [await budget.enter(call, SECONDS) for _ in range(calls)]


def leave(*permits: Permit) -> None:
    for permit in permits:
        permit.leave()


def break_connections(database: Database) -> None:
    """End every session that holds a place or counts as present, as a network that fails would."""
    with database.connection() as db:
        db.execute(
            """SELECT pg_terminate_backend(pid, 5000) FROM (SELECT DISTINCT pid FROM pg_locks
               WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS holders"""
        )


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(SECONDS):
        while not condition():  # noqa: ASYNC110 -- what is waited for happens in other threads and processes
            await anyio.sleep(0.01)
