"""Answers of any size arrive whole."""

from __future__ import annotations

import json

import pytest

from zohocrm_mcp.config import Settings
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.models import Call
from zohocrm_mcp.simulator import Simulator
from zohocrm_mcp.zoho.opening import open_gateway
from zohocrm_mcp.zoho.session import NoReplyError

LONG = "a text for an answer of more than one block. " * 1_000
BLOCK = 1 << 20
LIST = Call("GET", "/crm/v8/Accounts", {"fields": "Description"})


def test_an_answer_of_several_blocks_is_read_to_its_end(
    simulator: Simulator, settings: Settings, database: Database
) -> None:
    accounts = list(simulator.state.tables["Accounts"].ids())
    for account in accounts:
        simulator.put("Accounts", str(account), Description=LONG)
    opened = open_gateway(settings, database)
    try:
        reply = opened.gateway._exchange._session.request(LIST)
    finally:
        opened.close()
    assert len(reply.content) > BLOCK
    assert len(json.loads(reply.content)["data"]) == len(accounts)


def test_an_answer_that_breaks_off_is_no_answer(simulator: Simulator, settings: Settings, database: Database) -> None:
    opened = open_gateway(settings, database)
    simulator.faults.add("GET /crm/v8/{module}", "cut", count=None)
    try:
        with pytest.raises(NoReplyError) as ended:
            opened.gateway._exchange._session.request(LIST)
    finally:
        opened.close()
    assert ended.value.sent
