"""A Bulk Read of a few rows: ordered, waited for, downloaded."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from pydantic import JsonValue

from live.crm import Crm, in_time
from zohocrm_mcp.models import Record

pytestmark = pytest.mark.anyio

SECONDS = 600.0


@pytest.mark.timeout(SECONDS + 120)
async def test_a_few_accounts_are_read_in_bulk(crm: Crm) -> None:
    ids = await crm.make("bulk 1", "bulk 2", Employees=7)
    name: Record = {"api_name": "Account_Name"}
    begins: Record = {"field": name, "comparator": "starts_with", "value": crm.name("bulk")}
    fields: list[JsonValue] = ["Account_Name", "Employees", "Owner"]
    module: Record = {"api_name": "Accounts"}
    job = await crm.bulk.create_read({"module": module, "fields": fields, "criteria": begins, "page": 1})
    states: list[object] = []

    async def finished() -> bool:
        states.append((await crm.bulk.read_job(job))["state"])
        return states[-1] not in {"ADDED", "QUEUED", "IN PROGRESS"}

    await in_time(finished, SECONDS)
    assert states[-1] == "COMPLETED"
    target = io.BytesIO()
    await crm.bulk.read_result(job, target)
    found = rows(target)
    assert {row["Id"]: (row["Account_Name"], row["Employees"]) for row in found} == {
        ids[0]: (crm.name("bulk 1"), "7"),
        ids[1]: (crm.name("bulk 2"), "7"),
    }
    assert all(row["Owner"].isdigit() for row in found)


def rows(archive: io.BytesIO) -> list[dict[str, str]]:
    """Return the rows of the only file in the archive."""
    with zipfile.ZipFile(archive) as opened:
        (name,) = opened.namelist()
        return list(csv.DictReader(io.StringIO(opened.read(name).decode("utf-8-sig"))))
