"""What the connections of one server share: a pool of the database, one listener, and the budget of an organisation."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import pytest
from mcp import Client

from support.clients import call
from support.tenants import Companies, Server, both_companies  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("http_shared")]

MOST = 2
EACH = 12


@pytest.fixture(scope="module")
def server(both: Companies) -> Iterator[Server]:
    both.sign_in("acme-east", both.simulators["acme"])
    both.sign_in("acme-west", both.simulators["acme"])
    both.token("keeper", "acme")
    with both.serving(ZOHO_MCP_MAX_CONCURRENCY=str(MOST)) as running:
        yield running


async def test_connections_to_one_organisation_share_its_budget_and_the_database(
    both: Companies, server: Server
) -> None:
    simulator = both.simulators["acme"]
    simulator.faults.add("GET /crm/v8/{module}", "delay", count=None, seconds=0.02)
    async with (
        server.client(both.token("east", "acme-east")) as east,
        server.client(both.token("west", "acme-west")) as west,
    ):
        for client in (east, west):
            await call(client, "get_accounts", limit=1)
        simulator.counters.peak_concurrency = 0

        async def ask(client: Client) -> None:
            assert (await call(client, "get_accounts", limit=1))["count"] == 1

        async with anyio.create_task_group() as group:
            for client in [east, west] * EACH:
                group.start_soon(ask, client)
    assert simulator.counters.peak_concurrency == MOST
    assert backends(both, "zohocrm-mcp listener") == 1
    assert backends(both, "zohocrm-mcp") <= 8 + 1  # the pool, and what the budgets are shared with others over


def backends(both: Companies, name: str) -> int:
    """The connections to the database that programs of a name have open."""
    with both.database.connection() as db:
        found = db.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
            " AND pid <> pg_backend_pid()",
            [name],
        ).fetchone()
    assert found
    return int(found[0])
