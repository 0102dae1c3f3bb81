"""Two organisations in one process: nothing of one is ever seen by the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from conftest import settings_for
from support.gateway import connected
from support.rows import row_of
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import rows
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoAuthError
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import Opened, open_gateway

pytestmark = pytest.mark.anyio

CALLS = 160
LIST = "GET /crm/v8/{module}"


@pytest.fixture
def other() -> Iterator[Simulator]:
    with Simulator(accounts=40, seed=7) as running:
        running.org(company_name="Contoso", zgid="999")
        yield running


@pytest.fixture
async def two(
    simulator: Simulator, other: Simulator, database_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Opened, Opened]]:
    settings = Settings.model_validate({"database_url": database_url, "data_dir": tmp_path, "max_concurrency": 16})
    database, ring = database_of(settings), load_keyring(settings)
    with database.connection() as db:
        rows.save(db, ring, row_of(simulator, "acme"))
        rows.save(db, ring, row_of(other, "contoso"))
    acme, contoso = open_gateway(settings, database, "acme"), open_gateway(settings, database, "contoso")
    yield acme, contoso
    acme.close()
    contoso.close()
    database.close()


async def test_no_answer_crosses_and_no_header_is_used_again(
    two: tuple[Opened, Opened], simulator: Simulator, other: Simulator
) -> None:
    known = {running.api_url: await names_of(running) for running in (simulator, other)}
    for running in (simulator, other):
        running.faults.add(LIST, "delay", count=None, seconds=0.02, probability=0.5, seed=3)
    gateways = {simulator.api_url: CrmApi(two[0].gateway), other.api_url: CrmApi(two[1].gateway)}
    crossed: list[str] = []

    async def one(url: str) -> None:
        answer = await gateways[url].list_records("Accounts", ["Account_Name"], per_page=20)
        crossed.extend(str(record) for record in answer.data if record["Account_Name"] not in known[url])
        assert len(answer.data) == 20

    async with anyio.create_task_group() as group:
        for url in [*gateways] * (CALLS // 2):
            group.start_soon(one, url)
    assert crossed == []
    assert not known[simulator.api_url] & known[other.api_url]
    for running in (simulator, other):
        listed = [entry for entry in running.requests if entry.route == LIST][1:]
        assert len(listed) == CALLS // 2
        assert {entry.status for entry in listed} == {200}
        assert len({entry.headers["authorization"] for entry in listed}) == 1
        assert running.counters.token_calls == 1


async def names_of(simulator: Simulator) -> set[object]:
    """The accounts of an organisation, as it says itself."""
    async with connected(simulator) as api:
        answer = await api.list_records("Accounts", ["Account_Name"], per_page=200)
    return {record["Account_Name"] for record in answer.data}


async def test_an_organisation_that_expires_leaves_the_other_alone(
    two: tuple[Opened, Opened], simulator: Simulator, other: Simulator
) -> None:
    acme, contoso = CrmApi(two[0].gateway), CrmApi(two[1].gateway)
    await acme.org()
    await contoso.org()
    simulator.expire_access_tokens()
    await acme.org()
    await contoso.org()
    assert (simulator.counters.token_calls, other.counters.token_calls) == (2, 1)


async def test_the_environment_speaks_for_the_default_connection_alone(
    simulator: Simulator, database_url: str, tmp_path: Path
) -> None:
    settings = settings_for(simulator, database_url, tmp_path)
    database = Database(lambda: database_url)
    with pytest.raises(ZohoAuthError, match="Nobody is signed in under the connection 'acme'"):
        await anyio.to_thread.run_sync(open_gateway, settings, database, "acme")
    database.close()
