"""Fields denied after an export or a plan was made, or by one process of several: they are not shown there either."""

from __future__ import annotations

import json

import pytest
from mcp.types import TextResourceContents

from support.clients import call, client, first_account
from zohocrm_mcp.config import Settings

pytestmark = pytest.mark.anyio
SECRET, PLANNED = 987654321, 987654322
DENY = ("Accounts.Annual Revenue",)
"""By its label, which is known only with the metadata."""


async def test_an_export_made_before_does_not_show_them(settings: Settings) -> None:
    async with client(settings, "auto") as connected:
        account = await first_account(connected)
        await call(connected, "update_account", account_id=account, values={"Annual_Revenue": SECRET})
        fields, only = ["Account_Name", "Annual_Revenue"], f"id = '{account}'"
        export = await call(connected, "bulk_read_accounts", fields=fields, criteria=only)
    async with client(settings.model_copy(update={"fields_deny": DENY}), "auto") as connected:
        (content,) = (await connected.read_resource(export["export_uri"])).contents
        assert isinstance(content, TextResourceContents)
        (record,) = json.loads(content.text)["records"]
        assert set(record) == {"id", "Account_Name"}


async def test_the_question_before_a_plan_is_run_does_not_tell_them(settings: Settings) -> None:
    async with client(settings, "auto") as connected:
        only = f"id = '{await first_account(connected)}'"
        plan = await call(connected, "update_accounts_where", values={"Annual_Revenue": PLANNED}, criteria=only)
    async with client(settings.model_copy(update={"fields_deny": DENY}), "auto") as connected:
        assert str(PLANNED) not in json.dumps(await call(connected, "run_job", job_id=plan["job_id"]))
