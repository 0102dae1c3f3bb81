"""The server of the limits is killed in the middle: calls go on, and everybody shares again when it is back."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import anyio.to_thread
import pytest

from support.limits import ACME, budgets, enter, leave, until
from support.postgres import embedded_data_dir, embedded_prepared_dir  # noqa: F401 -- fixtures
from zohocrm_mcp.db import migrate
from zohocrm_mcp.db.conninfo import conninfo_from
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.db.state import State
from zohocrm_mcp.limits import locks

pytestmark = pytest.mark.anyio


def kill_server(data_dir: Path) -> None:
    state = State.read(Layout.of(data_dir).state)
    assert state
    os.kill(state.server_pid, signal.SIGKILL)


async def test_places_are_kept_over_the_death_of_the_server_and_shared_again_after_it(data_dir: Path) -> None:
    database = Database(conninfo_from(None, data_dir=data_dir))
    await anyio.to_thread.run_sync(migrate.apply, database)
    async with budgets(database, 2, limit=5) as (one, other):
        taken = [*await enter(one, 3), *await enter(other, 2)]
        await anyio.to_thread.run_sync(kill_server, data_dir)
        await until(lambda: bool(one.away) and bool(other.away))
        assert (one.places.held, other.places.held) == (3, 2)
        leave(taken.pop(0))
        taken += await enter(one)
        await until(lambda: not one.away and not other.away)
        assert not one.places.lost
        assert not other.places.lost
        with database.connection() as db:
            assert locks.held(db, locks.class_of(ACME.key)) == 5
        leave(*taken)
        leave(*await enter(other, 5))
    await anyio.to_thread.run_sync(database.close)
