"""Word of jobs that move: for all who listen in a process, over one connection to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.jobs.notices import CHANNEL, Notices

pytestmark = pytest.mark.anyio
PATIENCE = 20.0


class Listener:
    """Remembers what it hears; ``told`` is set by the first word."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.told = anyio.Event()

    async def __call__(self, moved: frozenset[str]) -> None:
        self.heard += moved
        self.told.set()


async def say_until(database: Database, word: str, holds: Callable[[], bool]) -> None:
    """Tell of a job again and again, as jobs do that move on, until it has been heard."""
    with anyio.fail_after(PATIENCE):
        while not holds():
            await anyio.to_thread.run_sync(_say, database, word)
            await anyio.sleep(0.05)


def _say(database: Database, word: str) -> None:
    with database.connection() as db:
        db.execute("SELECT pg_notify(%s, %s)", (CHANNEL, word))


async def test_all_listeners_share_a_connection_and_one_that_ends_leaves_it_to_the_next(database: Database) -> None:
    notices, first, second, leaving = Notices(database), Listener(), Listener(), anyio.CancelScope()

    async def listen_for_a_while() -> None:
        with leaving:
            await notices.attend(first)

    async with anyio.create_task_group() as group:
        group.start_soon(listen_for_a_while)
        await say_until(database, "one", first.told.is_set)
        group.start_soon(notices.attend, second)
        await say_until(database, "two", lambda: "two" in second.heard and "two" in first.heard)
        assert connections(database) == 1
        leaving.cancel()
        await say_until(database, "three", lambda: "three" in second.heard and connections(database) == 1)
        group.cancel_scope.cancel()


async def test_a_listener_that_fails_keeps_nothing_from_the_others(database: Database) -> None:
    notices, other = Notices(database), Listener()

    async def fails(_: frozenset[str]) -> None:
        raise LookupError

    async with anyio.create_task_group() as group:
        group.start_soon(notices.attend, fails)
        group.start_soon(notices.attend, other)
        await say_until(database, "one", other.told.is_set)
        group.cancel_scope.cancel()
    assert set(other.heard) == {"one"}


async def test_a_connection_that_is_cut_is_made_again(database: Database) -> None:
    notices, listener = Notices(database), Listener()
    async with anyio.create_task_group() as group:
        group.start_soon(notices.attend, listener)
        await say_until(database, "one", listener.told.is_set)
        with database.connection() as db:
            db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zohocrm-mcp listener'"
                " AND datname = current_database()"
            )
        await say_until(database, "two", lambda: "two" in listener.heard)
        group.cancel_scope.cancel()


def connections(database: Database) -> int:
    with database.connection() as db:
        found = db.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'zohocrm-mcp listener' AND datname = current_database()"
        ).fetchone()
    assert found
    return int(found[0])
