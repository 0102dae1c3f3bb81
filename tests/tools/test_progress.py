"""Progress increases with every message, as the protocol wants; what is no news is not told."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from mcp import Client

from zohocrm_mcp.app import create_app
from zohocrm_mcp.config import Settings

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_progress_increases_up_to_the_end_and_is_not_told_twice(settings: Settings, era: Any) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    async with Client(create_app(settings)[0], mode=era) as client:
        page = await client.call_tool("get_accounts", {"limit": 60, "fields": ["Account_Name"]})
        assert page.structured_content
        records = [{"id": record["id"], "Health_Score": 5} for record in page.structured_content["records"]]
        await client.call_tool("bulk_update_accounts", {"records": records}, progress_callback=hear)
    assert told[-1] == (60, 60, "60 of 60")
    assert all(before < after for (before, *_), (after, *_) in pairwise(told))
