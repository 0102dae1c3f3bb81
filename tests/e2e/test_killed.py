"""`kill -9` in the middle of a call, with the embedded PostgreSQL: the next start finds everything and works."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import settings_for
from support.callers import environment_of
from support.child import SECONDS, Child, environment, serve
from support.postgres import stop_embedded
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.state import State
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.simulator import Simulator

READ, UPDATE_MANY = "GET /crm/v8/{module}/{id}", "PUT /crm/v8/{module}"
MANY = 200
LONG = 300.0
"""Seconds that a call would take; nobody waits for it."""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=300, seed=1) as running:
        yield running


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    stop_embedded(tmp_path / "data")


@pytest.fixture
def start(simulator: Simulator, data_dir: Path) -> Callable[[], Child]:
    """Start the server and shake hands with it."""
    settings = settings_for(simulator, "", data_dir, read_timeout=LONG)
    variables = environment(data_dir, **environment_of(settings))

    def started() -> Child:
        child = Child(*serve(), env=variables)
        child.greet()
        return child

    return started


def call(child: Child, tool: str, **arguments: Any) -> dict[str, Any]:
    result = child.ask("tools/call", name=tool, arguments=arguments)["result"]
    assert not result.get("isError"), result["content"]
    answer: dict[str, Any] = result["structuredContent"]
    return answer


def begin(child: Child, tool: str, **arguments: Any) -> None:
    child.send(id="begun", method="tools/call", params={"name": tool, "arguments": arguments})


def kill(child: Child, *others: int) -> None:
    for pid in (child.process.pid, *others):
        os.kill(pid, signal.SIGKILL)
    assert child.process.wait(SECONDS) == -signal.SIGKILL


def some_ids(child: Child, count: int) -> list[str]:
    page = call(child, "get_accounts", limit=count, fields=["Account_Name"])
    return [record["id"] for record in page["records"]]


def taken(simulator: Simulator) -> Counter[str]:
    """How often each account was changed by a call for many."""
    calls = [entry for entry in simulator.requests if entry.route == UPDATE_MANY and not entry.fault]
    bodies = [json.loads(entry.body) for entry in calls]
    return Counter(record["id"] for body in bodies for record in body["data"])


def values(simulator: Simulator, ids: list[str]) -> set[object]:
    table = simulator.state.tables["Accounts"]
    return {table.value(int(each), "Health_Score") for each in ids}


def database_of(data_dir: Path) -> tuple[int, int]:
    """Return the processes of the embedded PostgreSQL: who watches over it, and the server."""
    state = State.read(Layout.of(data_dir).state)
    assert state
    return state.supervisor_pid, state.server_pid


def test_a_read_that_was_cut_off_is_repeated_after_the_restart_without_a_new_token(
    start: Callable[[], Child], simulator: Simulator
) -> None:
    with start() as child:
        (account,) = some_ids(child, 1)
        simulator.faults.add(READ, "hang")
        begin(child, "get_account", account_id=account)
        assert until(lambda: simulator.counters.routes[READ] == 1, SECONDS)
        kill(child)
    with start() as child:
        assert call(child, "get_account", account_id=account)["record"]["id"] == account
        assert child.process.poll() is None
    assert simulator.counters.token_calls == 1


@pytest.mark.parametrize("with_database", [False, True], ids=["the server", "the server and PostgreSQL"])
def test_a_change_of_many_that_was_cut_off_is_finished_after_the_restart_and_nothing_is_written_twice(
    start: Callable[[], Child], simulator: Simulator, data_dir: Path, *, with_database: bool
) -> None:
    hanging = simulator.faults.add(UPDATE_MANY, "hang", skip=1)
    with start() as child:
        ids = some_ids(child, MANY)
        begin(child, "bulk_update_accounts", records=[{"id": each, "Health_Score": 91} for each in ids])
        assert until(lambda: hanging.hits == 1, SECONDS)
        kill(child, *database_of(data_dir) if with_database else ())
    with start() as child:
        (job,) = call(child, "list_jobs")["jobs"]
        assert until(lambda: call(child, "get_job", job_id=job["job_id"])["state"] == "succeeded", SECONDS)
        done = call(child, "get_job", job_id=job["job_id"])
        assert values(simulator, ids) == {91}
        assert taken(simulator) == Counter(dict.fromkeys(ids, 1))
        undone = call(child, "undo_job", job_id=job["job_id"])
    assert (done["total"], done["succeeded"], done["failed"], done["pending"]) == (MANY, MANY, 0, 0)
    assert undone["succeeded"] == MANY
    assert 91 not in values(simulator, ids)
    assert simulator.counters.token_calls == 1
