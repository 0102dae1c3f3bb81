"""`zohocrm-mcp exports`: what bulk reads have left can be seen and removed before it expires."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from support.whole import command, opened
from zohocrm_mcp.config import Settings


def read(settings: Settings) -> str:
    """Read the accounts into an export and return its id."""

    async def work() -> str:
        async with opened(settings) as crm:
            return (await crm.exports.read("Accounts", fields=["Account_Name"])).export_uri.rpartition("/")[2]

    return anyio.run(work)


def listed(settings: Settings, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    capsys.readouterr()  # what the test's own reading has logged
    assert command(settings, "exports", "list", "--json", *options) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_an_export_is_listed_until_it_is_deleted(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    export_id = read(settings)
    row = {"export_id": export_id, "module": "Accounts", "state": "complete", "record_count": 60}
    assert listed(settings, capsys) == [row]
    assert command(settings, "exports", "delete", export_id) == 0
    assert capsys.readouterr().out == f"{export_id} is deleted.\n"
    assert listed(settings, capsys) == []


def test_another_connections_export_is_neither_listed_nor_deleted(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    export_id = read(settings)
    assert listed(settings, capsys, "--connection", "other") == []
    assert command(settings, "exports", "delete", export_id, "--connection", "other") == 2
    assert "There is no export" in capsys.readouterr().err
    assert len(listed(settings, capsys)) == 1
