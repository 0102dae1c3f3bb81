"""Two replicas behind nginx share a database and keys, and nothing else; a caller does not notice which one answers."""

from __future__ import annotations

import json
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.server.subscriptions import ResourceUpdated

from support.child import SECONDS
from support.clients import Person, call
from support.limits import until
from support.replicas import Replicas, caller, replicas
from zohocrm_mcp.limits.editions import EDITIONS
from zohocrm_mcp.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.e2e, pytest.mark.integration, pytest.mark.xdist_group("replicas")]
CLIENTS, CALLS = 64, 4
UPDATE = "PUT /crm/v8/{module}/{id}"
WRITE_MANY = "PUT /crm/v8/{module}"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=120, seed=1, latency_ms=100, profile="enterprise") as running:
        yield running


@pytest.fixture
def two(tmp_path: Path, simulator: Simulator, database_url: str) -> Iterator[Replicas]:
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    with replicas(tmp_path, simulator, database_url) as running:
        yield running


def taken(simulator: Simulator) -> Counter[str]:
    """How often each record was changed by a call for many that was not stopped on its way."""
    calls = [entry for entry in simulator.requests if entry.route == WRITE_MANY and not entry.fault]
    return Counter(row["id"] for entry in calls for row in json.loads(entry.body)["data"])


async def some_ids(client: Client, count: int) -> list[str]:
    page = await call(client, "get_accounts", limit=count, fields=["Account_Name"])
    return [str(record["id"]) for record in page["records"]]


async def test_pages_tokens_and_limits_are_shared(two: Replicas, simulator: Simulator) -> None:
    async with caller(two.url) as client:
        seen: list[str] = []
        cursor = ""
        while True:
            page = await call(client, "get_accounts", limit=25, cursor=cursor)
            seen += [record["id"] for record in page["records"]]
            if not (cursor := page["next_cursor"]):
                break
    assert len(seen) == len(set(seen)) == 120
    assert min(two.answered()[port] for port in two.ports) >= 2
    assert simulator.counters.token_calls == 1


async def test_a_question_put_by_one_replica_is_answered_to_another(two: Replicas) -> None:
    person = Person("accept")
    async with caller(two.url, elicitation_callback=person) as client:
        doomed = await some_ids(client, 3)
        for account in doomed:
            assert (await call(client, "delete_account", account_id=account))["deleted"]
            assert (await call(client, "get_account", account_id=account))["error"]["kind"] == "not_found"
    assert len(person.asked) == len(doomed)


async def test_a_confirmation_given_out_by_one_replica_is_taken_by_another_and_once(two: Replicas) -> None:
    async with caller(two.url) as client:
        account = (await some_ids(client, 1))[0]
        token = (await call(client, "delete_account", account_id=account))["confirm_token"]
        assert (await call(client, "delete_account", account_id=account, confirm_token=token))["deleted"]
        again = [await call(client, "delete_account", account_id=account, confirm_token=token) for _ in range(2)]
    assert all("error" in answer for answer in again)


async def test_a_listener_at_one_replica_hears_of_a_job_at_another(two: Replicas) -> None:
    async with caller(two.direct(0)) as follower, caller(two.direct(1)) as worker:
        records = [{"id": one, "Health_Score": 3} for one in await some_ids(worker, 100)]
        job = await call(worker, "bulk_update_accounts", records=records, dry_run=True)
        uri = f"crm://jobs/{job['job_id']}"
        async with follower.listen(resource_subscriptions=[uri]) as events:
            await call(worker, "run_job", job_id=job["job_id"])
            with anyio.fail_after(SECONDS):
                assert await anext(aiter(events)) == ResourceUpdated(uri=uri)
        assert (await call(follower, "get_job", job_id=job["job_id"]))["succeeded"] == 100


async def many(url: str, ids: list[str], work: Any, clients: int = CLIENTS) -> None:
    """Run ``work(client, id)`` for as many clients at once."""

    async def one(number: int) -> None:
        async with caller(url) as client:
            await work(client, ids[number % len(ids)])

    async with anyio.create_task_group() as group:
        for number in range(clients):
            group.start_soon(one, number)


async def test_64_clients_at_two_replicas_stay_within_what_the_organisation_allows(
    two: Replicas, simulator: Simulator
) -> None:
    ended: Counter[str] = Counter()

    async def read(client: Client, account: str) -> None:
        for _ in range(CALLS):
            answer = await call(client, "get_account", account_id=account)
            ended["record" if answer.get("record", {}).get("id") == account else str(answer)] += 1

    async with caller(two.url) as client:
        ids = await some_ids(client, CLIENTS)
    await many(two.url, ids, read)
    assert ended == {"record": CLIENTS * CALLS}
    assert simulator.counters.statuses[429] == 0
    assert simulator.counters.peak_concurrency <= EDITIONS["enterprise"].concurrency
    assert min(two.answered()[port] for port in two.ports) > CLIENTS


async def test_killing_one_under_load_costs_only_its_calls_in_flight_and_each_of_those_is_told(
    two: Replicas, simulator: Simulator
) -> None:
    told: list[str] = []
    done: Counter[str] = Counter()

    async def write(client: Client, account: str) -> None:
        for score in range(CALLS):
            try:
                answer = await call(client, "update_account", account_id=account, values={"Health_Score": score})
            except MCPError as error:
                told.append(str(error))
            else:
                assert answer.get("record_id") == account, answer
                done[account] += 1

    async with caller(two.url) as client:
        ids = await some_ids(client, 24)

    async def kill() -> None:
        await until(lambda: simulator.counters.routes[UPDATE] >= 12)
        two.kill(two.ports[0])

    async with anyio.create_task_group() as group:
        group.start_soon(kill)
        group.start_soon(many, two.url, ids, write, 24)
    assert 0 < len(told) <= 24
    assert done.total() == 24 * CALLS - len(told)
    assert all("may or may not have happened" in words for words in told), told
    two.start(two.ports[0])
    async with caller(two.url) as client:
        assert len(await some_ids(client, 24)) == 24


async def test_a_bulk_job_of_a_killed_replica_is_ended_by_the_other_and_nothing_is_written_twice(
    two: Replicas, simulator: Simulator
) -> None:
    async with caller(two.direct(1)) as other:
        records = [{"id": one, "Phone": "089 1"} for one in await some_ids(other, 120)]
        async with caller(two.direct(0)) as client:
            job = await call(client, "bulk_update_accounts", records=records, dry_run=True)
            await call(client, "run_job", job_id=job["job_id"], background=True)
        two.kill(two.ports[0])
        with anyio.fail_after(SECONDS):
            while (await call(other, "get_job", job_id=job["job_id"]))["state"] in {"queued", "running"}:  # noqa: ASYNC110 -- another process's
                await anyio.sleep(0.2)
        ended = await call(other, "get_job", job_id=job["job_id"])
        assert (ended["total"], ended["pending"]) == (120, 0)
    written = [entry for entry in simulator.requests if entry.route == WRITE_MANY]
    assert ended["succeeded"] == 120
    assert len(written) <= 3


async def test_a_service_that_was_killed_goes_on_with_its_job_before_anybody_calls(
    two: Replicas, simulator: Simulator
) -> None:
    async with caller(two.direct(0)) as client:
        records = [{"id": one, "Phone": "089 2"} for one in await some_ids(client, 120)]
        job = await call(client, "bulk_update_accounts", records=records, dry_run=True)
        for port in two.ports[1:]:
            two.kill(port)
        simulator.faults.add(WRITE_MANY, "hang", seconds=SECONDS)
        assert (await call(client, "run_job", job_id=job["job_id"], background=True))["state"] in {"queued", "running"}
        await until(lambda: simulator.counters.routes[WRITE_MANY] > 0)
        two.kill(two.ports[0])
    two.start(two.ports[1])
    await until(lambda: len(taken(simulator)) == 120)
    assert set(taken(simulator).values()) == {1}


async def test_a_rolling_restart_under_load_loses_no_call(two: Replicas) -> None:
    ended: Counter[str] = Counter()
    over = anyio.Event()

    async def read(client: Client, account: str) -> None:
        while not over.is_set():
            answer = await call(client, "get_account", account_id=account)
            ended["record" if "record" in answer else str(answer)] += 1

    async def restart() -> None:
        for port in two.ports:
            before = ended["record"]
            two.running[port].process.send_signal(signal.SIGTERM)
            assert await anyio.to_thread.run_sync(two.running[port].process.wait, SECONDS) == 0
            await anyio.to_thread.run_sync(two.start, port)
            with anyio.fail_after(SECONDS):
                while ended["record"] < before + 50:  # noqa: ASYNC110 -- counted by every client
                    await anyio.sleep(0.05)
        over.set()

    async with caller(two.url) as client:
        ids = await some_ids(client, 8)
    async with anyio.create_task_group() as group:
        group.start_soon(restart)
        group.start_soon(many, two.url, ids, read, 8)
    assert set(ended) == {"record"}
