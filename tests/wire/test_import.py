"""`zohocrm-mcp import`: a file is looked at before anything is sent, and a bad row stops no other."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from support.whole import WRITE, accounts, all_pages, command, opened, process, written
from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import InvalidInputError, ZohoConfigError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services import Services
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio

CREATE = "POST /crm/v8/{module}"


async def stored(crm: Services, criteria: str, *fields: str) -> list[Record]:
    read = await crm.exports.read("Accounts", criteria=criteria, fields=fields)
    return await all_pages(crm, read.export_uri)


async def test_labels_and_api_names_name_columns_in_any_case(settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "\ufeffaccount name,ANNUAL_REVENUE,Industry", "Alpha,12.5,Retail", "Beta,,")
    async with opened(settings) as crm:
        done = await crm.imports.load("accounts", path)
        assert (done.job.kind, done.job.state, done.job.succeeded, done.lines) == ("insert", "succeeded", 2, [])
        (alpha,) = await stored(crm, "Account_Name = 'Alpha'", "Annual_Revenue", "Industry")
        assert (alpha["Annual_Revenue"], alpha["Industry"]) == (12.5, "Retail")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Account_Name,Anual Revenue", r"Anual Revenue.*Annual_Revenue"),
        ("Account_Name,Account Name", "'Account_Name' and 'Account Name' both mean Account_Name"),
        ("Account_Name,", "Column 2 of the file has no name"),
        ('"Account_Name', "names no columns"),
    ],
)
async def test_a_header_that_means_something_else_is_refused_whole(
    settings: Settings, simulator: Simulator, tmp_path: Path, header: str, told: str
) -> None:
    async with opened(settings) as crm:
        with pytest.raises(InvalidInputError, match=told):
            await crm.imports.load("Accounts", written(tmp_path / "a.csv", header, "Alpha,1"))
        assert (await crm.jobs.list()).jobs == []
    assert accounts(simulator) == 60


@pytest.mark.parametrize(
    ("lines", "told"),
    [((), "names no columns"), (("Account_Name",), "no rows below its header")],
)
async def test_an_empty_file_is_refused(settings: Settings, tmp_path: Path, lines: list[str], told: str) -> None:
    async with opened(settings) as crm:
        with pytest.raises(InvalidInputError, match=told):
            await crm.imports.load("Accounts", written(tmp_path / "a.csv", *lines))


async def test_a_file_that_is_not_there_is_told(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as crm:
        with pytest.raises(ZohoConfigError, match="cannot be read: No such file"):
            await crm.imports.load("Accounts", tmp_path / "no.csv")


async def test_columns_are_mapped_and_left_out(settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "Firma,Umsatz,Notiz", "Alpha,5,x")
    async with opened(settings) as crm:
        given = {"Firma": "Account Name", "Umsatz": "Annual_Revenue", "Notiz": ""}
        assert (await crm.imports.load("Accounts", path, columns=given)).job.state == "succeeded"
        (alpha,) = await stored(crm, "Account_Name = 'Alpha'", "Annual_Revenue", "Description")
        assert alpha == {"id": alpha["id"], "Annual_Revenue": 5}
        with pytest.raises(InvalidInputError, match=r"no column 'Umsaz'\. Did you mean 'Umsatz'"):
            await crm.imports.load("Accounts", path, columns={**given, "Umsaz": "Industry"})


async def test_broken_rows_and_bad_values_are_reported_by_their_lines_and_the_others_go(
    settings: Settings, tmp_path: Path
) -> None:
    path = written(
        tmp_path / "a.csv",
        "Account_Name,Industry,Annual_Revenue,Created_Time",
        "Alpha,Retail,1,",
        "Beta,Nope,1,",
        '"Gamma,Retail,1,',
        "Delta,Retail,much,",
        "Epsilon,Retail,1,2020-01-01T00:00:00Z",
        ",Retail,1,",
        "Eta,Retail",
        "Theta,,2,",
    )
    async with opened(settings) as crm:
        done = await crm.imports.load("Accounts", path)
        assert (done.job.state, done.job.total, done.job.succeeded, done.job.failed) == ("partly_failed", 8, 2, 6)
        told = {int(line.split(":")[0].removeprefix("line ")): line for line in done.lines}
        assert sorted(told) == [3, 4, 5, 6, 7, 8]
        assert ("Industry" in told[3], "quote" in told[4], "Annual_Revenue" in told[5]) == (True, True, True)
        assert ("read" in told[6], "Account_Name" in told[7], "2 cells" in told[8]) == (True, True, True)
        names = await stored(crm, "Account_Name in ('Alpha', 'Theta')", "Account_Name")
        assert {record["Account_Name"] for record in names} == {"Alpha", "Theta"}


async def test_an_id_column_makes_updates_and_empty_cells_change_nothing(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as crm:
        first, second = (await stored(crm, "Industry = 'Technology'", "Account_Name", "Industry"))[:2]
        lines = (f"{first['id']},Changed,", f"{second['id']},,Retail", f"{second['id']},Again,", "77,Nobody,", "x,Bad,")
        done = await crm.imports.load("Accounts", written(tmp_path / "a.csv", "Id,Account Name,Industry", *lines))
        assert (done.job.kind, done.job.succeeded, done.job.failed) == ("update", 2, 3)
        assert [line.split(":")[0] for line in done.lines] == ["line 4", "line 5", "line 6"]
        after = {one["id"]: one for one in await stored(crm, "", "Account_Name", "Industry")}
        assert after[first["id"]] == {**first, "Account_Name": "Changed"}
        assert after[second["id"]] == {**second, "Industry": "Retail"}
        undone = await crm.jobs.undo(done.job.job_id)
        assert undone.state == "succeeded"
        assert {one["id"]: one for one in await stored(crm, "", "Account_Name", "Industry")}[first["id"]] == first


async def test_an_upsert_finds_by_a_field_and_makes_no_twins(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", "Account_Name,Annual_Revenue", "Alpha,1", "Beta,2", "alpha,3")
    async with opened(settings) as crm:
        for _ in range(2):
            done = await crm.imports.load("Accounts", path, find_by="account name")
            assert (done.job.succeeded, done.job.failed) == (2, 1)
            assert "Line 2 means the same record" in done.lines[0]
    assert accounts(simulator) == 62


@pytest.mark.parametrize(
    ("header", "given", "told"),
    [
        ("Id,Account_Name", {"operation": "insert"}, "has an id column"),
        ("Account_Name", {"operation": "update"}, "has no id column"),
        ("Account_Name", {"operation": "replace"}, "operation is 'replace'"),
        ("Industry", {"find_by": "Account_Name"}, "No column of the file is Account_Name"),
        ("Account_Name,Parent_Account", {"find_by": "Parent_Account"}, "no record can be found by it"),
    ],
)
async def test_an_operation_that_the_columns_do_not_fit_is_refused(
    settings: Settings, tmp_path: Path, header: str, given: dict[str, str], told: str
) -> None:
    async with opened(settings) as crm:
        with pytest.raises(InvalidInputError, match=told):
            await crm.imports.load("Accounts", written(tmp_path / "a.csv", header, "1,2"[: 2 * len(header)]), **given)  # type: ignore[arg-type]


async def test_a_module_that_nothing_tells_the_records_of_apart_needs_a_field_for_upserts(
    settings: Settings, tmp_path: Path
) -> None:
    async with opened(settings) as crm:
        with pytest.raises(InvalidInputError, match="Tasks has no field that is known to tell its records apart"):
            await crm.imports.load("Tasks", written(tmp_path / "a.csv", "Subject", "1"), operation="upsert")


@pytest.mark.parametrize("few", [1, 100])
async def test_a_dry_run_checks_and_sends_nothing_and_can_be_run(
    settings: Settings, simulator: Simulator, tmp_path: Path, few: int
) -> None:
    path = written(tmp_path / "a.csv", "Account_Name,Industry", "Alpha,Retail", "Beta,Nope", "Gamma,Retail")
    async with opened(settings, few=few) as crm:
        done = await crm.imports.load("Accounts", path, dry_run=True)
        assert (done.job.state, done.job.dry_run, done.job.total, done.job.failed) == ("planned", True, 3, 1)
        assert "line 3" in done.lines[0]
        assert accounts(simulator) == 60
        ran = await crm.jobs.run(done.job.job_id)
        assert (ran.state, ran.succeeded) == ("partly_failed", 2)
    assert accounts(simulator) == 62


async def test_a_create_whose_answer_never_came_is_not_sent_again(
    settings: Settings, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.faults.add(CREATE, "reset_after")
    async with opened(settings) as crm:
        done = await crm.imports.load("Accounts", written(tmp_path / "a.csv", "Account_Name", "Alpha"))
        assert (done.job.state, done.job.failures[0].code) == ("failed", "unknown_outcome")
    assert accounts(simulator) == 61
    assert simulator.counters.routes[WRITE] == 0


def test_the_command_reports_lines_and_exits_with_1_when_a_row_was_bad(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.csv", "Firma,Industry", "Alpha,Retail", "Beta,Nope")
    assert command(settings, "import", "Accounts", str(path), "--map", "Firma=Account Name", "--dry-run") == 1
    shown = capsys.readouterr()
    assert ("1 of 2 rows could be written" in shown.out, "line 3" in shown.err) == (True, True)
    assert command(settings, "import", "Accounts", str(path), "--map", "Firma=Account Name") == 1
    assert "1 of 2 rows were written" in capsys.readouterr().out
    good = written(tmp_path / "b.csv", "Account Name", "Gamma")
    assert command(settings, "import", "Accounts", str(good)) == 0
    assert command(settings, "import", "Accounts", str(good), "--map", "nonsense") == 2


def test_a_command_that_is_stopped_says_how_to_go_on(settings: Settings, simulator: Simulator, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "Account_Name", *(f"Stopped {n}" for n in range(5)))
    asked = simulator.faults.add("GET /crm/v8/settings/fields", "hang", count=None)
    with process(settings, "import", "Accounts", str(path)) as running:
        while not asked.hits:
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "zohocrm-mcp call resume_job" in told


async def test_an_export_is_imported_again_as_it_was(settings: Settings, tmp_path: Path) -> None:
    fields = ["Account_Name", "Product_Interests", "Newsletter", "Annual_Revenue", "Owner", "Last_Engagement_Date"]
    async with opened(settings) as crm:
        before = await stored(crm, "", *fields)
        await crm.exports.to_file("Accounts", tmp_path / "a.csv", fields=fields)
        done = await crm.imports.load("Accounts", tmp_path / "a.csv")
        assert (done.job.state, done.lines) == ("succeeded", [])
        assert await stored(crm, "", *fields) == before
