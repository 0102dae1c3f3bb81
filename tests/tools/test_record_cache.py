"""``get_account`` may answer from memory for a while; what this process writes is seen at once."""

from __future__ import annotations

from typing import Any

import pytest

from support.clients import EVERY_TOOLSET, call, client, first_account
from zohocrm_mcp.config import Settings
from zohocrm_mcp.services.records.kept import KeptRecords
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
READ = "GET /crm/v8/{module}/{id}"


def keeping(settings: Settings, seconds: float) -> Settings:
    more = {"record_cache_seconds": seconds, "toolsets": tuple(EVERY_TOOLSET.split(",")), "confirm": "never"}
    return settings.model_copy(update=more)


@pytest.mark.parametrize(("seconds", "reads"), [(0, 2), (60, 1)])
async def test_an_account_is_read_again_only_when_it_is_not_kept(
    settings: Settings, simulator: Simulator, seconds: float, reads: int
) -> None:
    async with client(keeping(settings, seconds), "auto") as connected:
        account = await first_account(connected)
        for _ in range(2):
            record = (await call(connected, "get_account", account_id=account))["record"]
            assert record["id"] == account
        assert simulator.counters.routes[READ] == reads
        await call(connected, "get_account", account_id=account, fields=["Phone"])
        assert simulator.counters.routes[READ] == reads + 1


@pytest.mark.parametrize(
    ("tool", "more"),
    [
        ("update_account", {"account_id": ..., "values": {"Phone": "42"}}),
        ("update_record", {"module": "Accounts", "record_id": ..., "values": {"Phone": "42"}}),
        ("bulk_update_accounts", {"records": [{"id": ..., "Phone": "42"}]}),
        ("update_accounts_where", {"criteria": "id is not null", "values": {"Phone": "42"}, "dry_run": False}),
        ("zoho_request", {"method": "PUT", "path": "/crm/v8/Accounts", "body": {"data": [{"id": ..., "Phone": "42"}]}}),
    ],
)
async def test_what_was_just_written_is_seen(settings: Settings, tool: str, more: dict[str, Any]) -> None:
    async with client(keeping(settings, 3600), "auto") as connected:
        account = await first_account(connected)
        await call(connected, "get_account", account_id=account)
        await call(connected, tool, **filled(more, account))
        assert (await call(connected, "get_account", account_id=account))["record"]["Phone"] == "42"


def filled(value: Any, account: str) -> Any:
    if isinstance(value, dict):
        return {key: filled(one, account) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, account) for one in value]
    return account if value is ... else value


async def test_a_deleted_account_is_gone_and_one_deleted_elsewhere_is_not_asked_about(
    settings: Settings, simulator: Simulator
) -> None:
    async with client(keeping(settings, 3600), "auto") as connected:
        account = await first_account(connected)
        await call(connected, "get_account", account_id=account)
        await call(connected, "delete_account", account_id=account)
        assert (await call(connected, "get_account", account_id=account))["error"]["kind"] == "not_found"
    asking = keeping(settings, 3600).model_copy(update={"confirm": "destructive"})
    async with client(asking, "auto") as connected:
        account = await first_account(connected)
        await call(connected, "get_account", account_id=account, fields=["Account_Name"])
        simulator.put("Accounts", account, Account_Name="Renamed elsewhere")
        assert "'Renamed elsewhere'" in (await call(connected, "delete_account", account_id=account))["preview"]


async def test_a_read_that_a_write_overtakes_is_not_kept() -> None:
    kept = KeptRecords(60)

    async def overtaken() -> dict[str, Any]:
        kept.forget()
        return {"Phone": "old"}

    async def fresh() -> dict[str, Any]:
        return {"Phone": "new"}

    assert await kept.get(("Accounts", "1"), overtaken) == {"Phone": "old"}
    assert await kept.get(("Accounts", "1"), fresh) == {"Phone": "new"}


async def test_what_is_kept_grows_old() -> None:
    now = 0.0
    kept, answers = KeptRecords(5, clock=lambda: now), iter(["first", "second"])

    async def read() -> dict[str, Any]:
        return {"Phone": next(answers)}

    assert [(await kept.get(("1",), read))["Phone"] for _ in range(2)] == ["first", "first"]
    now = 5.0
    assert (await kept.get(("1",), read))["Phone"] == "second"
