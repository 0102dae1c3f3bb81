"""Names that break careless quoting go through every tool that takes or answers one, on both eras."""

from __future__ import annotations

from typing import Any

import pytest
from mcp import Client

from support.clients import ERAS, EVERY_TOOLSET, Era, Person, call, client
from zohocrm_mcp.config import Settings
from zohocrm_mcp.simulator import Simulator

pytestmark = pytest.mark.anyio
NAME = r"""O'Neil (Söhne), "A\B" 株式会社"""
OTHERS = (
    'O\'Neil (Sohne), "A B"',
    'O\'Neil (Söhne), "AxB" 株式会社',
    "ONeil",
    r"""O'Neil (Söhne), "A\B" 株式会社 II""",
)
IN_CRITERIA = NAME.replace("\\", "\\\\").replace("(", r"\(").replace(")", r"\)").replace(",", r"\,")
PATTERN = NAME.replace("'", "''").replace("\\", "%")
"""What a COQL text says instead of a backslash."""


@pytest.fixture
def everything(settings: Settings, simulator: Simulator) -> Settings:
    simulator.settings.index_lag_seconds = 0
    return settings.model_copy(update={"toolsets": tuple(EVERY_TOOLSET.split(","))})


async def made(connected: Client, name: str) -> str:
    answer = await call(connected, "create_account", values={"Account Name": name, "Industry": "Energy"})
    assert answer["record"]["Account_Name"] == name
    return str(answer["record_id"])


@pytest.mark.parametrize("era", ERAS)
async def test_an_awkward_name_is_written_read_and_found(everything: Settings, era: Era) -> None:
    async with client(everything, era) as connected:
        account = await made(connected, NAME)
        for other in OTHERS:
            await made(connected, other)
        assert (await call(connected, "get_account", account_id=account))["record"]["Account_Name"] == NAME
        assert (await call(connected, "account_overview", account_id=account))["record"]["Account_Name"] == NAME

        async def found(**given: Any) -> set[str]:
            page = await call(connected, "search_accounts", **given)
            return {one["Account_Name"] for one in page["records"]}

        def by(op: str, value: object) -> list[dict[str, object]]:
            return [{"field": "account name", "op": op, "value": value}]

        assert await found(filters=by("equals", NAME)) == {NAME}
        assert await found(filters=by("in", [NAME, "nobody"])) == {NAME}
        assert await found(filters=by("starts_with", NAME)) == {NAME, OTHERS[-1]}
        assert await found(filters=by("contains", '"A\\B" 株式')) == {NAME, OTHERS[-1]}
        assert await found(criteria=f"(Account_Name:equals:{IN_CRITERIA})") == {NAME}
        assert await found(criteria=f"Account_Name like '{PATTERN}'") == {NAME, OTHERS[1]}
        assert NAME in await found(word="Söhne")
        assert (await call(connected, "count_records", filters=by("equals", NAME)))["count"] == 1
        query = " ".join(["select Account_Name from Accounts where Account_Name like", f"'{PATTERN}'"])
        rows = (await call(connected, "query_records", select_query=query))["records"]
        assert {one["Account_Name"] for one in rows} == {NAME, OTHERS[1]}
        read = await call(connected, "bulk_read_accounts", filters=by("equals", NAME))
        assert [one["Account_Name"] for one in read["sample"]] == [NAME]


@pytest.mark.parametrize("era", ERAS)
async def test_an_awkward_name_is_changed_pointed_at_and_deleted(everything: Settings, era: Era) -> None:
    person = Person("accept")
    async with client(everything, era, person) as connected:
        account = await made(connected, "Plain")
        changed = await call(connected, "update_account", account_id=account, values={"Account_Name": NAME})
        assert changed["changed"]["Account_Name"] == {"before": "Plain", "after": NAME}
        listed = await call(connected, "bulk_update_accounts", records=[{"id": account, "Account Name": NAME + "!"}])
        assert (listed["state"], listed["succeeded"]) == ("succeeded", 1)
        await call(connected, "undo_job", job_id=listed["job_id"])
        assert (await call(connected, "get_account", account_id=account))["record"]["Account_Name"] == NAME
        where = {"field": "Account Name", "op": "equals", "value": NAME}
        plan = await call(connected, "update_accounts_where", filters=[where], values={"Account Site": NAME})
        assert [one["changed"]["Account_Site"]["after"] for one in plan["changes"]] == [NAME]

        values = {"Last Name": NAME, "Account Name": NAME}
        contact = await call(connected, "create_record", module="contacts", values=values)
        assert contact["record"]["Account_Name"] == {"id": account, "name": NAME}
        of_account = {"module": "Accounts", "record_id": account}
        related = await call(
            connected, "get_related_records", **of_account, related_list="Contacts", fields=["Last_Name"]
        )
        assert [one["Last_Name"] for one in related["records"]] == [NAME]
        await call(connected, "add_note", **of_account, title=NAME, content=NAME)
        assert (await call(connected, "account_overview", account_id=account))["notes"][0]["Note_Title"] == NAME

        prompt = await connected.get_prompt("account_review", {"account": NAME})
        assert "株式会社" in str(prompt.messages[0].content)
        assert (await call(connected, "delete_account", account_id=account))["deleted"]
    assert person.asked[-1] == f"Delete {NAME!r} ({account}) from Accounts? It goes to the recycle bin."
