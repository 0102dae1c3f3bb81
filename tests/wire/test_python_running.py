"""The client for scripts in the programs that run it: several threads, loops, and how it ends."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import anyio
import pytest

from support.callers import environment_of
from zohocrm_mcp import ZohoError, ZohoSDKClient, check_zoho_sdk_health, create_zoho_client
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.python.background import THREAD
from zohocrm_mcp.simulator import Simulator

GET, COQL = "GET /crm/v8/{module}/{id}", "POST /crm/v8/coql"
MANY = 2_300
SECONDS = 30.0
LEFT_OPEN = """
import structlog
from zohocrm_mcp import create_zoho_client

client = create_zoho_client()
print(len(client.get_accounts(limit=5)))
iterator = client.iter_accounts()
next(iterator)
structlog.get_logger("program").warning("noticed", refresh_token="not-to-be-told")
"""
INTERRUPTED = """
import sys
from zohocrm_mcp import ZohoSDKClient

with ZohoSDKClient() as client:
    try:
        client.get_account(sys.argv[1])
    except KeyboardInterrupt:
        print("interrupted")
    print(len(client.get_accounts(limit=5)))
"""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=MANY, seed=1) as running:
        yield running


@pytest.fixture(autouse=True)
def variables(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings where a program has them: in its environment."""
    given = environment_of(settings)
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    return given


@pytest.fixture
def client() -> Iterator[ZohoSDKClient]:
    with create_zoho_client() as opened:
        yield opened


@contextmanager
def program(text: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program in a process of its own, with the environment of this one."""
    started = subprocess.Popen(
        [sys.executable, "-c", text, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with started:
        try:
            yield started
        finally:
            started.kill()


def loops() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


def an_id(simulator: Simulator) -> str:
    return str(next(simulator.state.tables["Accounts"].ids()))


def test_pages_beyond_two_thousand_records_are_read(client: ZohoSDKClient) -> None:
    last = client.get_accounts(limit=200, page=12, fields=["Account_Name"])
    assert len(last) == MANY - 2_200
    everyone = [record["id"] for record in client.bulk_read_accounts(fields=["Account_Name"])]
    assert [record["id"] for record in last] == everyone[:100][::-1]
    assert client.get_accounts(limit=200, page=13, fields=["Account_Name"]) == []
    by_name = client.get_accounts(limit=100, page=23, sort_by="Account_Name", fields=["Account_Name"])
    assert len(by_name) == 100


def test_what_is_not_asked_for_is_not_read(client: ZohoSDKClient, simulator: Simulator) -> None:
    accounts = client.iter_accounts(fields=["id"])
    assert not simulator.counters.routes[COQL]
    first = next(accounts)
    assert simulator.counters.routes[COQL] == 2  # how many there are, and the first 2,000
    everyone = [record["id"] for record in (first, *accounts)]
    assert everyone == [str(one) for one in simulator.state.tables["Accounts"].ids()]
    assert simulator.counters.routes[COQL] == 3


def test_an_iterator_may_be_left_half_way(client: ZohoSDKClient, simulator: Simulator) -> None:
    for account in client.iter_accounts(fields=["id"]):
        assert client.get_account(str(account["id"]))["id"] == account["id"]
        break
    assert simulator.counters.routes[COQL] == 2
    assert len(list(client.iter_accounts(fields=["id"]))) == MANY


def test_threads_share_one_client_that_opens_once(simulator: Simulator) -> None:
    client, one = ZohoSDKClient(), an_id(simulator)
    together = threading.Barrier(8)

    def work(number: int) -> tuple[int, object, object, int, int]:
        together.wait(SECONDS)
        listed = client.get_accounts(limit=10, page=number + 1, fields=["Account_Name"])
        found = client.search_accounts(f"id = {one}")
        read = sum(1 for _ in client.iter_accounts(fields=["Account_Name"]))
        whole = len(client.bulk_read_accounts(fields=["Account_Name"]))
        return len(listed), client.get_account(one)["id"], found[0]["id"], read, whole

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, range(8)))
    assert done == [(10, one, one, MANY, MANY)] * 8
    assert len(loops()) == 1
    assert simulator.counters.token_calls == 1
    client.close()
    assert not loops()


def test_threads_write_side_by_side(client: ZohoSDKClient) -> None:
    chosen = [str(record["id"]) for record in client.get_accounts(limit=40)]

    def work(number: int) -> tuple[object, int]:
        mine = chosen[number * 5 : number * 5 + 5]
        done = client.bulk_update_accounts([{"id": one, "Phone": f"100{number}"} for one in mine[1:]])
        return client.update_account(mine[0], {"Phone": f"200{number}"})["Phone"], done["succeeded"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [(f"200{number}", 4) for number in range(8)]


@pytest.mark.anyio
async def test_it_works_where_an_event_loop_runs(simulator: Simulator) -> None:
    with ZohoSDKClient() as client:
        assert client.get_account(an_id(simulator))["id"] == an_id(simulator)
        assert len(await anyio.to_thread.run_sync(client.get_accounts, 7)) == 7
    assert check_zoho_sdk_health()["status"] == "healthy"


def test_a_client_that_was_closed_says_so(simulator: Simulator) -> None:
    client = ZohoSDKClient()
    accounts = client.iter_accounts()
    next(accounts)
    client.close()
    client.close()
    calls = (client.get_accounts, client.open, lambda: client.get_account(an_id(simulator)), lambda: list(accounts))
    for call in calls:
        with pytest.raises(ZohoError, match="This client is closed") as refused:
            call()
        assert refused.value.details == {}


def test_a_client_that_never_opened_may_be_closed() -> None:
    client = ZohoSDKClient()
    assert not loops()
    client.close()
    with pytest.raises(ZohoError, match="closed"), client:
        raise AssertionError("not reached")


def test_closing_waits_for_calls_under_way(simulator: Simulator) -> None:
    client, one = create_zoho_client(), an_id(simulator)
    simulator.faults.add(GET, "delay", seconds=0.3)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(client.get_account, one)
        assert until(lambda: simulator.counters.routes[GET] == 1, SECONDS)
        client.close()
        assert slow.done()
        assert slow.result()["id"] == one


def test_a_block_that_raises_closes_the_client() -> None:
    def block() -> None:
        with ZohoSDKClient() as client:
            raise ValueError(str(len(client.get_accounts(limit=3))))

    with pytest.raises(ValueError, match="3"):
        block()
    assert not loops()


def test_a_client_that_is_forgotten_is_closed() -> None:
    assert create_zoho_client().get_accounts(limit=1)
    gc.collect()
    assert until(lambda: not loops(), SECONDS)


def test_a_program_that_leaves_a_client_open_ends_and_prints_nothing_of_ours() -> None:
    with program(LEFT_OPEN) as started:
        out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (0, "5\n")
    assert "noticed" in err
    assert "not-to-be-told" not in err
    assert "Traceback" not in err


def test_an_interrupted_call_ends_and_the_client_goes_on(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOHO_SDK_READ_TIMEOUT", "30")
    simulator.faults.add(GET, "hang")
    with program(INTERRUPTED, an_id(simulator)) as started:
        assert until(lambda: simulator.counters.routes[GET] == 1, 60)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=60)
    assert (started.returncode, out, err) == (0, "interrupted\n5\n", "")
    assert simulator.counters.routes[GET] == 1
