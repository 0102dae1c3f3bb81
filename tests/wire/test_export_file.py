"""`zohocrm-mcp export`: every record once, in a file that is whole or not there."""

from __future__ import annotations

import csv
import json
import signal
from pathlib import Path

import pytest

from support.whole import (
    FIELDS,
    READ,
    command,
    opened,
    process,
    tiny_disk,
)
from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import InvalidInputError, UnavailableError, ZohoConfigError
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio


def contents(folder: Path) -> dict[str, str]:
    """What is in a folder under the name of an export, or beside it."""
    return {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*a.csv*")}


@pytest.mark.parametrize("few", [100, 10])
async def test_every_record_is_in_the_file_once_whatever_the_way(
    settings: Settings, simulator: Simulator, tmp_path: Path, few: int
) -> None:
    simulator.settings.bulk_read_rows = 25
    async with opened(settings, few=few) as crm:
        assert await crm.exports.to_file("Accounts", tmp_path / "a.csv", fields=FIELDS) == 60
        assert await crm.exports.to_file("Accounts", tmp_path / "a.jsonl", fields=FIELDS) == 60
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    records = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert list(rows[0]) == ["id", *FIELDS]
    assert len({row["id"] for row in rows}) == len({record["id"] for record in records}) == 60
    assert [(row["id"], row["Account_Name"]) for row in rows] == [(one["id"], one["Account_Name"]) for one in records]
    assert {row["Owner"] for row in rows} == {record["Owner"]["id"] for record in records}
    assert simulator.counters.routes[READ] == (6 if few == 10 else 0)


async def test_without_fields_everything_that_a_table_can_show_is_there(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as crm:
        await crm.exports.to_file("Accounts", tmp_path / "a.csv")
        known = await crm.schema.fields("Accounts")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert {"Account_Name", "Description", "Modified_Time", "Product_Interests"} <= set(header) <= set(known)


async def test_a_condition_narrows_it(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as crm:
        found = await crm.search.count("Accounts", criteria="Industry:equals:Technology")
        path = tmp_path / "a.csv"
        assert await crm.exports.to_file("Accounts", path, criteria="Industry:equals:Technology") == found


async def test_a_read_that_fails_leaves_the_old_file_and_nothing_beside_it(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("as it was", encoding="utf-8")
    simulator.faults.add("GET /crm/bulk/v8/read/{job}/result", "truncated", count=None)
    async with opened(settings) as crm:
        with pytest.raises(UnavailableError, match="damaged"):
            await crm.exports.to_file("Accounts", tmp_path / "a.csv")
    assert contents(tmp_path) == {"a.csv": "as it was"}


async def test_a_name_of_another_kind_is_refused_before_anything_is_read(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    async with opened(settings) as crm:
        with pytest.raises(InvalidInputError, match=r"End it with \.csv or \.jsonl|no name of a table"):
            await crm.exports.to_file("Accounts", tmp_path / "a.xlsx", fields=["Account_Name"])
    assert simulator.counters.routes[READ] == 0


async def test_a_folder_that_is_not_there_is_told(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as crm:
        with pytest.raises(ZohoConfigError, match="could not be written: No such file"):
            await crm.exports.to_file("Accounts", tmp_path / "no" / "a.csv")


async def test_a_folder_that_is_a_file_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with opened(settings) as crm:
        with pytest.raises(ZohoConfigError, match="could not be written: Not a directory"):
            await crm.exports.to_file("Accounts", tmp_path / "file" / "a.csv")


async def test_a_full_disk_is_told_and_nothing_half_is_left(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as crm:
        with tiny_disk(tmp_path) as disk:
            with pytest.raises(ZohoConfigError, match="No space left on device"):
                await crm.exports.to_file("Accounts", disk / "a.csv")
            assert contents(disk) == {}


def test_the_command_says_how_many_records_are_where(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    assert command(settings, "export", "Accounts", str(path), "--fields", "Account Name, Industry") == 0
    assert f"60 records of Accounts are in {path}." in capsys.readouterr().out
    assert path.read_text(encoding="utf-8").startswith("id,Account_Name,Industry")


def test_a_command_that_is_stopped_leaves_no_file(settings: Settings, simulator: Simulator, tmp_path: Path) -> None:
    asked = simulator.faults.add("POST /crm/v8/coql", "hang", count=None)
    with process(settings, "export", "Accounts", str(tmp_path / "a.csv")) as running:
        assert until(lambda: asked.hits or running.poll() is not None, 60)
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 130
    assert contents(tmp_path) == {}
