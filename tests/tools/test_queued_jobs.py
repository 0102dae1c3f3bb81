"""A server alone does what is put into the queue: one process is enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from pydantic import SecretStr

from support.postgres import empty_database  # noqa: F401 -- a fixture
from support.queued import rows, written
from support.roles import application_role
from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert result.structured_content is not None
    assert not result.is_error, result.content
    answer: dict[str, Any] = result.structured_content
    return answer


async def at_its_end(client: Client, job_id: str) -> dict[str, Any]:
    with anyio.fail_after(30):
        while (job := await call(client, "get_job", job_id=job_id))["state"] in {"queued", "running"}:  # noqa: ASYNC110 -- as a client asks
            await anyio.sleep(0.05)
    return job


async def test_a_change_in_the_background_is_answered_at_once_and_done_by_the_server(
    settings: Settings, simulator: Simulator
) -> None:
    async with Client(create_app(settings)[0]) as client:
        page = await call(client, "get_accounts", limit=20)
        records = [{"id": record["id"], "Health_Score": 3} for record in page["records"]]
        job = await call(client, "bulk_update_accounts", records=records, background=True)
        assert (job["state"], job["succeeded"]) == ("queued", 0)
        done = await at_its_end(client, job["job_id"])
    assert (done["state"], done["succeeded"]) == ("succeeded", 20)
    assert set(written(simulator).values()) == {1}
    assert rows(settings, "SELECT count(*) FROM procrastinate_workers") == [(0,)]


async def test_a_plan_that_is_run_in_the_background_is_done_by_whichever_server_is_free(settings: Settings) -> None:
    async with Client(create_app(settings)[0]) as here, Client(create_app(settings)[0]) as there:
        page = await call(here, "get_accounts", limit=5)
        await call(there, "get_accounts", limit=5)
        records = [{"id": record["id"], "Health_Score": 4} for record in page["records"]]
        plan = await call(here, "bulk_update_accounts", records=records, dry_run=True)
        assert (await call(here, "run_job", job_id=plan["job_id"], background=True))["state"] == "queued"
        assert (await at_its_end(there, plan["job_id"]))["succeeded"] == 5
    assert rows(settings, "SELECT run FROM bulk_jobs") == [(1,)]


async def test_an_application_whose_tables_are_another_roles_has_a_queue_as_well(
    settings: Settings, empty_database_url: str, tmp_path: Path
) -> None:
    with application_role(empty_database_url) as url:
        urls = {"database_url": SecretStr(url), "migrate_url": SecretStr(empty_database_url)}
        own = settings.model_copy(update={**urls, "data_dir": tmp_path / "apart"})
        async with Client(create_app(own)[0]) as client:
            page = await call(client, "get_accounts", limit=5)
            records = [{"id": record["id"], "Health_Score": 5} for record in page["records"]]
            job = await call(client, "bulk_update_accounts", records=records, background=True)
            assert (await at_its_end(client, job["job_id"]))["succeeded"] == 5
        tables = rows(own, "SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'procrastinate_jobs'")
        assert tables == [(False,)]
