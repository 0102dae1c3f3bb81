"""How long the gateway tries."""

from __future__ import annotations

import pytest

from support.callers import first_ids, gateway
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import UnavailableError
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.gateway import Patience

pytestmark = pytest.mark.anyio
GET = "GET /crm/v8/{module}/{id}"


async def test_a_try_that_took_all_the_time_there_is_has_no_second(settings: Settings, simulator: Simulator) -> None:
    async with gateway(settings) as opened:
        api = CrmApi(opened.gateway)
        account = (await first_ids(api))[0]
        opened.gateway._patience = Patience(timeout=0.0)
        simulator.faults.add(GET, "status")
        with pytest.raises(UnavailableError):
            await api.get_record("Accounts", account)
        assert simulator.counters.routes[GET] == 1
        assert (await api.get_record("Accounts", account)).data
