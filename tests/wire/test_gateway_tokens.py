"""A refused access token is replaced once; an organisation is asked for once."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from conftest import settings_for
from support.callers import first_ids, gateway, read
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import rows
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import NotAllowedError, UnavailableError, ZohoAuthError
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi

pytestmark = pytest.mark.anyio
GET, ORG = "GET /crm/v8/{module}/{id}", "GET /crm/v8/org"
SCOPE = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "Unauthorized", "status": "error"}


async def test_a_token_revoked_in_the_middle_costs_one_more_call(settings: Settings, simulator: Simulator) -> None:
    async with gateway(settings) as opened:
        api = CrmApi(opened.gateway)
        ids = await first_ids(api)
        simulator.faults.add(GET, "token_revoked")
        assert (await read(api, ids)).data[0]["id"] == ids[0]
    assert (simulator.counters.routes[GET], simulator.counters.token_calls) == (2, 2)


async def test_many_calls_with_a_revoked_token_make_one_token_call(settings: Settings, simulator: Simulator) -> None:
    async with gateway(settings) as opened:
        api = CrmApi(opened.gateway)
        ids = await first_ids(api)
        simulator.expire_access_tokens()
        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(read, api, ids)
    assert simulator.counters.token_calls == 2


async def test_a_token_that_is_refused_twice_ends_the_call(settings: Settings, simulator: Simulator) -> None:
    async with gateway(settings) as opened:
        api = CrmApi(opened.gateway)
        ids = await first_ids(api)
        simulator.faults.add(GET, status=401, count=None)
        with pytest.raises(ZohoAuthError, match="INVALID_TOKEN"):
            await read(api, ids)
    assert (simulator.counters.routes[GET], simulator.counters.token_calls) == (2, 2)


async def test_a_lacking_scope_costs_no_token(settings: Settings, simulator: Simulator) -> None:
    async with gateway(settings) as opened:
        api = CrmApi(opened.gateway)
        ids = await first_ids(api)
        simulator.faults.add(GET, status=401, body=SCOPE)
        with pytest.raises(NotAllowedError):
            await read(api, ids)
    assert simulator.counters.token_calls == 1


async def test_the_organisation_is_asked_for_once_and_kept(
    settings: Settings, simulator: Simulator, database: Database
) -> None:
    for _ in range(2):
        async with gateway(settings) as opened:
            await first_ids(CrmApi(opened.gateway))
            assert opened.finder.found is not None
            assert opened.finder.found.organisation.edition == "enterprise"
            assert opened.finder.found.limit == 20
    assert simulator.counters.routes[ORG] == 1
    with database.connection() as db:
        assert rows.organisation_of(db, "default") == str(simulator.state.org.id)


async def test_first_calls_made_together_ask_for_the_organisation_once(
    settings: Settings, simulator: Simulator
) -> None:
    async with gateway(settings) as one, gateway(settings) as other, anyio.create_task_group() as group:
        for opened in (one, other) * 4:
            group.start_soon(first_ids, CrmApi(opened.gateway))
    assert simulator.counters.routes[ORG] == 1


async def test_without_the_scope_for_it_ten_calls_at_once_are_assumed(settings: Settings, simulator: Simulator) -> None:
    simulator.faults.add(ORG, status=401, body=SCOPE)
    for _ in range(2):
        async with gateway(settings) as opened:
            await first_ids(CrmApi(opened.gateway))
            assert opened.finder.found is not None
            assert (opened.finder.found.limit, opened.finder.found.organisation.credits) == (10, None)
    assert simulator.counters.routes[ORG] == 1


@pytest.mark.parametrize("fault", [{"status": 500}, {"kind": "html"}, {"status": 429}, {"kind": "reset_before"}])
async def test_a_fault_of_that_call_is_survived(
    settings: Settings, simulator: Simulator, fault: dict[str, Any]
) -> None:
    simulator.faults.add(ORG, **fault)
    async with gateway(settings) as opened:
        await first_ids(CrmApi(opened.gateway))
    assert simulator.counters.routes[ORG] == 2


async def test_a_zoho_that_does_not_answer_is_asked_again_by_the_next_call(
    settings: Settings, simulator: Simulator
) -> None:
    fault = simulator.faults.add(ORG, status=503, count=None)
    async with gateway(settings) as opened:
        with pytest.raises(UnavailableError):
            await first_ids(CrmApi(opened.gateway))
        fault.count = 0
        await first_ids(CrmApi(opened.gateway))


async def test_another_sign_in_is_asked_for_its_own_organisation(settings: Settings, database_url: str) -> None:
    async with gateway(settings) as opened:
        await first_ids(CrmApi(opened.gateway))
    with Simulator(accounts=5, seed=3, profile="free") as second:
        async with gateway(settings_for(second, database_url, settings.data_dir)) as opened:
            await first_ids(CrmApi(opened.gateway))
            assert opened.finder.found is not None
            assert opened.finder.found.limit == 5
        assert second.counters.routes[ORG] == 1
