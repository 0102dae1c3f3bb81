"""A shift of the queue worker ends although a library below it has swallowed a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from zohocrm_mcp.jobs import shift

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_who_swallows_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift, "AGAIN_SECONDS", 0.01)
    swallowed, begun = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await begun.wait()
    async with asyncio.timeout(20):
        await shift._cancelled([task])
    assert swallowed.is_set()
    assert task.cancelled()
