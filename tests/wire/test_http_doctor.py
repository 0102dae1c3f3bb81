"""The doctor looks at the identity provider where there is one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import settings_for
from support.issuer import AUDIENCE, IdentityProvider
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.store import database_of
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.models import Check
from zohocrm_mcp.services.health.service import HealthService
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Database]:
    database = database_of(settings)
    yield database
    database.close()


async def look(settings: Settings, store: Database) -> Check | None:
    return (await HealthService(settings, store).check()).checks.get("issuer")


async def test_an_issuer_that_answers_is_well_and_one_that_does_not_is_named(
    simulator: Simulator, store: Database, database_url: str, tmp_path: Path
) -> None:
    with IdentityProvider().running() as provider:
        issued = {"http_issuer": provider.issuer, "http_audience": AUDIENCE}
        settings = settings_for(simulator, database_url, tmp_path, **issued)
        well = await look(settings, store)
        assert well == Check(status="ok", detail=f"{provider.issuer} answers, with 3 keys to check tokens by.")
    away = await look(settings, store)
    assert away
    assert away.status == "error"
    assert "ZOHO_MCP_HTTP_ISSUER" in str(away.hint)


async def test_without_an_issuer_there_is_nothing_to_look_at(settings: Settings, store: Database) -> None:
    assert await look(settings, store) is None
