"""A token that Zoho refuses in the middle of everything costs one refresh and one retry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing

import anyio
import pytest

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.errors import NotAllowedError
from zohocrm_mcp.models import Answer
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.api import CrmApi
from zohocrm_mcp.zoho.opening import open_gateway

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[CrmApi]:
    database = database_of(settings)
    opened = open_gateway(settings, database)
    api = CrmApi(opened.gateway)
    await api.org()
    yield api
    opened.close()
    database.close()


async def side_by_side(api: CrmApi, calls: int) -> list[Answer]:
    answers: list[Answer] = []

    async def one() -> None:
        answers.append(await api.list_records("Accounts", ["Account_Name"], per_page=5))

    async with anyio.create_task_group() as group:
        for _ in range(calls):
            group.start_soon(one)
    return answers


async def test_one_401_costs_one_refresh_and_one_retry(api: CrmApi, simulator: Simulator) -> None:
    simulator.expire_access_tokens()
    before = len(simulator.requests)
    assert len(await side_by_side(api, 1)) == 1
    assert [(entry.route, entry.status) for entry in simulator.requests[before:]] == [
        ("GET /crm/v8/{module}", 401),
        ("POST /oauth/v2/token", 200),
        ("GET /crm/v8/{module}", 200),
    ]


async def test_many_calls_that_meet_a_401_together_share_one_refresh(api: CrmApi, simulator: Simulator) -> None:
    before = simulator.counters.token_calls
    simulator.expire_access_tokens()
    answers = await side_by_side(api, 32)
    assert [len(answer.data) for answer in answers] == [5] * 32
    assert simulator.counters.token_calls == before + 1


async def test_a_missing_scope_is_named_with_the_command_that_asks_for_it(
    settings: Settings, simulator: Simulator
) -> None:
    granted = simulator.grant(scopes=["ZohoCRM.modules.ALL", "ZohoCRM.org.READ", "ZohoCRM.settings.ALL"])
    database = database_of(settings)
    narrow = Settings.model_validate(
        {
            **{name: getattr(settings, name) for name in settings.model_fields_set},
            "refresh_token": granted["refresh_token"],
        }
    )
    with closing(open_gateway(narrow, database)) as opened, pytest.raises(NotAllowedError) as caught:
        await CrmApi(opened.gateway).search("Accounts", word="north")
    assert caught.value.hint == (
        "The sign-in lacks ZohoSearch.securesearch.READ; run `zohocrm-mcp auth login` to ask for it again."
    )
    database.close()
