"""Undo: a job of its own that sets back what was changed and leaves alone what somebody else has touched."""

from __future__ import annotations

import pytest

from support.bulk import hands, some_ids
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import ConflictError
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


async def test_undo_sets_back_every_field_and_undo_of_the_undo_sets_it_again(settings: Settings) -> None:
    async with hands(settings) as here:
        ids = await some_ids(here.api, 5)
        before = await here.values(ids, "Health_Score")
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 500} for each in ids])
        undo = await here.jobs.undo(job.job_id)
        assert (undo.kind, undo.state, undo.succeeded) == ("undo", "succeeded", 5)
        assert await here.values(ids, "Health_Score") == before
        assert (await here.jobs.get(job.job_id)).state == "undone"
        again = await here.jobs.undo(undo.job_id)
        assert again.succeeded == 5
        assert await here.values(ids, "Health_Score") == [500] * 5


async def test_what_somebody_else_has_changed_since_is_left_alone_and_told_with_the_three_values(
    settings: Settings,
) -> None:
    async with hands(settings) as here:
        mine, theirs = await some_ids(here.api, 2)
        before = await here.values([mine, theirs], "Health_Score")
        job = await here.bulk.update("Accounts", [{"id": each, "Health_Score": 500} for each in (mine, theirs)])
        await here.api.update("Accounts", theirs, {"Health_Score": 7})
        undo = await here.jobs.undo(job.job_id)
        assert (undo.state, undo.succeeded, undo.skipped) == ("partly_failed", 1, 1)
        (left,) = undo.failures
        assert (left.record_id, left.code, left.field) == (theirs, "CHANGED_SINCE", "Health_Score")
        assert f"was {before[1]}, the job wrote 500, and it is 7 now" in left.message
        assert await here.values([mine, theirs], "Health_Score") == [before[0], 7]


async def test_a_change_to_another_field_is_no_conflict(settings: Settings) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        before = await here.values([one], "Health_Score")
        job = await here.bulk.update("Accounts", [{"id": one, "Health_Score": 500}])
        await here.api.update("Accounts", one, {"Description": "changed meanwhile"})
        assert (await here.jobs.undo(job.job_id)).state == "succeeded"
        assert await here.values([one], "Health_Score") == before
        assert await here.values([one], "Description") == ["changed meanwhile"]


@pytest.mark.parametrize("seconds_later", [0, 2])
async def test_undo_of_an_upsert_deletes_what_it_created_unless_it_was_changed_since(
    settings: Settings, simulator: Simulator, seconds_later: float
) -> None:
    async with hands(settings) as here:
        rows = [{"Account_Name": f"New {n}"} for n in range(3)]
        job = await here.bulk.upsert("Accounts", rows, ["Account_Name"])  # type: ignore[arg-type]
        found = (await here.api.coql("select Account_Name from Accounts where Account_Name like 'New %' limit 9")).data
        touched = str(found[0]["id"])
        simulator.clock.advance(seconds_later)
        await here.api.update("Accounts", touched, {"Health_Score": 1})
        undo = await here.jobs.undo(job.job_id)
        assert (undo.succeeded, undo.skipped) == (2, 1)
        assert [each.record_id for each in undo.failures] == [touched]
        left = (await here.api.coql("select id from Accounts where Account_Name like 'New %' limit 9")).data
        assert [record["id"] for record in left] == [touched]


async def test_a_preview_of_an_undo_changes_nothing(settings: Settings) -> None:
    async with hands(settings) as here:
        (one,) = await some_ids(here.api, 1)
        job = await here.bulk.update("Accounts", [{"id": one, "Health_Score": 500}])
        planned = await here.jobs.undo(job.job_id, dry_run=True)
        assert planned.state == "planned"
        assert await here.values([one], "Health_Score") == [500]


async def test_a_preview_of_a_deletion_shows_what_would_be_gone(settings: Settings) -> None:
    async with hands(settings) as here:
        job = await here.bulk.upsert("Accounts", [{"Account_Name": "Short-lived"}], ["Account_Name"])
        (change,) = (await here.jobs.undo(job.job_id, dry_run=True)).changes or []
        assert (change.changed["Account_Name"].before, change.changed["Account_Name"].after) == ("Short-lived", None)
        assert "Modified_Time" not in change.changed


async def test_a_job_that_changed_nothing_cannot_be_undone(settings: Settings) -> None:
    async with hands(settings) as here:
        job = await here.bulk.update("Accounts", [{"id": "77", "Health_Score": 1}])
        with pytest.raises(ConflictError, match="nothing to undo"):
            await here.jobs.undo(job.job_id)
