"""Bulk updates from a script, over the simulator and a real database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.callers import environment_of
from zohocrm_mcp import ZohoAPIError, ZohoSDKClient
from zohocrm_mcp.config import Settings
from zohocrm_mcp.jobs.journal import Draft
from zohocrm_mcp.models import Record
from zohocrm_mcp.python import accounts
from zohocrm_mcp.python.parts import opened
from zohocrm_mcp.services.bulk import plan
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.gateway import Patience

ALL = 450
UNKNOWN = "5437896000000999999"
UPDATE_MANY = "PUT /crm/v8/{module}"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(accounts=ALL, seed=1) as running:
        yield running


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZohoSDKClient]:
    """A client with the settings where a program has them: in its environment."""
    for variable, value in environment_of(settings).items():
        monkeypatch.setenv(variable, value)
    with ZohoSDKClient() as ready:
        yield ready


def ids(records: list[Record]) -> list[str]:
    return [str(record["id"]) for record in records]


def some(client: ZohoSDKClient, count: int) -> list[str]:
    return ids(client.get_accounts(limit=count))


def test_a_bulk_update_tells_of_every_record(client: ZohoSDKClient, simulator: Simulator) -> None:
    good, bad, last = some(client, 3)
    done = client.bulk_update_accounts(
        [
            {"id": good, "Phone": "1"},
            {"id": bad, "Industry": "Nonsense"},
            {"id": UNKNOWN, "Phone": "2"},
            {"id": last, "Phone": "3"},
        ]
    )
    assert (done["total"], done["succeeded"], done["failed"]) == (4, 2, 2)
    assert (done["status_code"], done["state"], done["message"]) == (
        207,
        "partly_failed",
        "2 of 4 accounts were updated.",
    )
    assert [(one["id"], one["status"], one["code"]) for one in done["data"]] == [
        (good, "success", "SUCCESS"),
        (bad, "error", "INVALID_DATA"),
        (UNKNOWN, "error", "RECORD_NOT_FOUND"),
        (last, "success", "SUCCESS"),
    ]
    assert [(one["record_id"], one.get("field")) for one in done["failures"]] == [(bad, "Industry"), (UNKNOWN, None)]
    assert [client.get_account(one)["Phone"] for one in (good, last)] == ["1", "3"]
    assert simulator.counters.routes[UPDATE_MANY] == 1


def test_a_bulk_update_of_hundreds_waits_for_the_last_and_names_every_failure(client: ZohoSDKClient) -> None:
    everyone = ids(client.bulk_read_accounts(fields=["id"]))
    done = client.bulk_update_accounts([{"id": one, "Health_Score": 7} for one in everyone])
    assert (done["status_code"], done["succeeded"], done["failures"]) == (200, ALL, [])
    assert [one["id"] for one in done["data"]] == everyone
    done = client.bulk_update_accounts([{"id": one, "Health_Score": "much"} for one in everyone])
    assert (done["status_code"], done["succeeded"], len(done["failures"])) == (400, 0, ALL)


def test_a_bulk_update_that_is_stopped_says_so_and_what_is_left(client: ZohoSDKClient, simulator: Simulator) -> None:
    first, second = some(client, 2)
    client.bulk_update_accounts([{"id": first, "Phone": "1"}])
    simulator.revoke_tokens()
    done = client.bulk_update_accounts([{"id": first, "Phone": "2"}, {"id": second, "Phone": "2"}])
    assert (done["total"], done["succeeded"], done["failed"], done["status_code"]) == (2, 0, 0, 503)
    assert [one["status"] for one in done["data"]] == ["pending", "pending"]
    assert "auth login" in done["message"]


@pytest.mark.parametrize("records", [[], [{"Phone": "1"}], [{"id": "1"}, {"id": "1"}]])
def test_a_malformed_bulk_update_is_refused_whole(client: ZohoSDKClient, records: list[dict[str, object]]) -> None:
    with pytest.raises(ZohoAPIError):
        client.bulk_update_accounts(records)


@pytest.mark.anyio
async def test_a_job_that_nobody_is_at_is_gone_on_with(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "LOOK_SECONDS", 0.01)
    async with opened(settings, Patience()) as parts:
        records = (await parts.records.list("Accounts", limit=3, fields=["id"])).records
        entries = await plan.entries_for_update(parts.schema, "Accounts", [{**one, "Phone": "1"} for one in records])
        job_id = await parts.journal.create(Draft("update", "Accounts", plan.in_chunks(entries), {}))
        job = await accounts.Accounts(parts)._ended(await parts.jobs.get(job_id))
    assert (job.state, job.succeeded) == ("succeeded", 3)
