"""A job is followed while it runs: by progress, by get_job, and by its resource, on both protocol eras."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.server.subscriptions import ResourceUpdated
from mcp.types import ResourceUpdatedNotification

from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
UPDATE = "PUT /crm/v8/{module}"


async def planned(connected: Client) -> str:
    page = (await connected.call_tool("get_accounts", {"limit": 20})).structured_content
    assert page is not None
    records = [{"id": record["id"], "Health_Score": 3} for record in page["records"]]
    arguments = {"records": records, "dry_run": True}
    job = (await connected.call_tool("bulk_update_accounts", arguments)).structured_content
    assert job is not None
    return str(job["job_id"])


async def test_a_listener_of_the_stateless_revision_hears_of_a_job_that_another_process_runs(
    settings: Settings,
) -> None:
    here, there = create_app(settings)[0], create_app(settings)[0]
    async with Client(here) as follower, Client(there) as worker:
        job_id = await planned(worker)
        uri = f"crm://jobs/{job_id}"
        await follower.read_resource(uri)
        async with follower.listen(resource_subscriptions=[uri]) as events:
            await worker.call_tool("run_job", {"job_id": job_id})
            with anyio.fail_after(60):
                event = await anext(aiter(events))
            assert event == ResourceUpdated(uri=uri)


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")
async def test_a_session_of_an_older_revision_subscribes_and_hears_until_it_unsubscribes(settings: Settings) -> None:
    heard: list[str] = []
    told = anyio.Event()

    async def listen(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            heard.append(message.params.uri)
            told.set()

    async with Client(create_app(settings)[0], mode="legacy", message_handler=listen) as connected:
        job_id = await planned(connected)
        await connected.subscribe_resource(f"crm://jobs/{job_id}")
        await connected.call_tool("run_job", {"job_id": job_id})
        with anyio.fail_after(60):
            await told.wait()
        assert set(heard) == {f"crm://jobs/{job_id}"}
        await connected.unsubscribe_resource(f"crm://jobs/{job_id}")


async def test_progress_is_told_to_the_client_that_asked(settings: Settings) -> None:
    told: list[tuple[float, float | None]] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        assert message
        told.append((progress, total))

    async with Client(create_app(settings)[0]) as connected:
        job_id = await planned(connected)
        await connected.call_tool("run_job", {"job_id": job_id}, progress_callback=report)
    assert told[-1] == (20, 20)


async def test_a_call_that_takes_longer_than_its_time_answers_running_and_the_job_goes_on(
    settings: Settings, simulator: Simulator
) -> None:
    quick = settings.model_copy(update={"call_seconds": 0.2})
    async with Client(create_app(quick)[0]) as connected:
        job_id = await planned(connected)
        simulator.faults.add(UPDATE, "delay", seconds=60)
        answered = (await connected.call_tool("run_job", {"job_id": job_id})).structured_content
        assert answered is not None
        assert answered["state"] in {"queued", "running"}  # as far as it has come in its time
        simulator.faults.clear()
        with anyio.fail_after(60):
            while True:
                job = (await connected.call_tool("get_job", {"job_id": job_id})).structured_content
                assert job is not None
                if job["state"] == "succeeded":
                    break
                await anyio.sleep(0.05)
    assert job["succeeded"] == 20


async def test_the_resource_of_a_job_holds_every_failure(settings: Settings) -> None:
    async with Client(create_app(settings)[0]) as connected:
        records = [{"id": str(number), "Health_Score": 1} for number in range(1, 302)]
        job = (await connected.call_tool("bulk_update_accounts", {"records": records})).structured_content
        assert job is not None
        assert (job["failed"], len(job["failures"])) == (301, 200)
        text = (await connected.read_resource(f"crm://jobs/{job['job_id']}")).contents[0]
        assert text.text.count("RECORD_NOT_FOUND") == 301  # type: ignore[union-attr]
