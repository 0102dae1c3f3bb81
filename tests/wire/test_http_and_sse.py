"""Both HTTP transports on one port: they share the parts behind them, and end together."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.sse import sse_client

from support.posting import serving
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


def reads_of_modules(simulator: Simulator) -> int:
    return sum(entry.path == "/crm/v8/settings/modules" for entry in simulator.requests)


async def modules(client: Client) -> Any:
    result = await client.call_tool("list_modules", {})
    assert not result.is_error
    return result.structured_content


async def test_every_client_sees_the_same(settings: Settings, tmp_path: Path) -> None:
    with serving(settings, tmp_path, transport="http+sse") as (_, root):
        async with (
            Client(f"{root}/mcp", mode="auto") as stateless,
            Client(f"{root}/mcp", mode="legacy") as session,
            Client(sse_client(f"{root}/sse"), mode="legacy") as older,
        ):
            assert stateless.protocol_version == "2026-07-28"
            assert {session.protocol_version, older.protocol_version} == {"2025-11-25"}
            assert await modules(stateless) == await modules(session) == await modules(older)
            listed = [(await client.list_tools()).tools for client in (stateless, session, older)]
            assert listed[0] == listed[1] == listed[2]


async def test_a_client_of_sse_that_leaves_closes_nothing_behind_the_others(
    settings: Settings, tmp_path: Path, simulator: Simulator
) -> None:
    with serving(settings, tmp_path, transport="http+sse") as (child, root):
        for _ in range(3):
            async with Client(sse_client(f"{root}/sse"), mode="legacy") as client:
                await modules(client)
        async with Client(f"{root}/mcp") as client:
            await modules(client)
        child.process.send_signal(signal.SIGTERM)
        assert child.exit_code() == 0
        assert "Traceback" not in child.errors()
    assert reads_of_modules(simulator) == 1  # parts that had closed would have read them again


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_0_whoever_is_connected(
    settings: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    with serving(settings, tmp_path, transport="http+sse") as (child, root):
        left = [Client(f"{root}/mcp", mode="legacy"), Client(sse_client(f"{root}/sse"), mode="legacy")]
        async with left[0] as session, left[1] as older:
            await modules(session)
            await modules(older)
            child.process.send_signal(number)
            assert child.exit_code() == 0
        assert "Traceback" not in child.errors()
