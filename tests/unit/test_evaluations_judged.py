"""How the evaluations measure a conversation, and how they judge an answer."""

from __future__ import annotations

import json

import pytest

from evaluations.answers import Wrong, in_order, made_one, names_exactly, only_changed, says, says_not, says_number
from evaluations.crm import Crm
from evaluations.measure import Cost, cost_of, tool_list
from zohocrm_mcp.simulator import Simulator


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(accounts=20, seed=1)


@pytest.fixture
def crm(simulator: Simulator) -> Crm:
    return Crm(simulator.state)


def lines(*messages: dict[str, object]) -> list[str]:
    return [json.dumps({"jsonrpc": "2.0", **message}) for message in messages]


def test_a_conversation_costs_what_a_model_writes_and_reads() -> None:
    call = {"name": "get_account", "arguments": {"account_id": "1"}}
    text = {"content": [{"type": "text", "text": "abcde"}], "structuredContent": {"not": "counted"}}
    page = {"contents": [{"uri": "crm://x", "text": "xyz"}]}
    found = cost_of(
        lines(
            {"id": 1, "method": "tools/call", "params": {**call, "_meta": {"progressToken": 1}}},
            {"method": "notifications/progress", "params": {"progress": 1}},
            {"id": 1, "result": text},
            {"id": 2, "method": "resources/read", "params": {"uri": "crm://x"}},
            {"id": 2, "result": page},
            {"id": 3, "method": "tools/list"},
            {"id": 3, "result": {"tools": []}},
        )
    )
    assert found == Cost(2, len(json.dumps(call, separators=(",", ":"))) + len('{"uri":"crm://x"}'), 8)


def test_a_refused_call_costs_its_sentence() -> None:
    asked = {"id": 1, "method": "tools/call", "params": {"name": "x"}}
    found = cost_of(lines(asked, {"id": 1, "error": {"code": -32602, "message": "No."}}))
    assert found == Cost(1, len('{"name":"x"}'), 3)


def test_the_tool_list_is_measured_as_it_was_read_last() -> None:
    assert tool_list(lines({"id": 1, "result": {"tools": [1, 2]}}, {"id": 2, "result": {"tools": [1]}})) == 3
    assert tool_list(["no JSON"]) == 0


@pytest.mark.parametrize("answer", ["There are 1234.", "1,234 accounts", "It is 1,234.00 in all"])
def test_a_number_is_found_however_it_is_written(answer: str) -> None:
    says_number(answer, 1234)


@pytest.mark.parametrize("answer", ["12345", "1 234", "", "234"])
def test_another_number_is_not_taken_for_it(answer: str) -> None:
    with pytest.raises(Wrong, match="1,234"):
        says_number(answer, 1234)


def test_texts_are_looked_for_in_any_case() -> None:
    says("On Hold", "on hold")
    with pytest.raises(Wrong, match="'x'"):
        says("y", "x")
    with pytest.raises(Wrong, match="'Y'"):
        says_not("y", "Y")


def test_an_order_is_one() -> None:
    in_order("b, then a", "b", "a")
    with pytest.raises(Wrong, match="in this order"):
        in_order("a, then b", "b", "a")


def test_an_answer_names_all_and_no_other(crm: Crm) -> None:
    first, second = crm.rows("Accounts")[:2]
    names_exactly(f"Only {first['Account_Name']}", crm, [first])
    with pytest.raises(Wrong, match="does not say"):
        names_exactly(first["Account_Name"], crm, [first, second])
    with pytest.raises(Wrong, match=second["Account_Name"]):
        names_exactly(f"{first['Account_Name']}, {second['Account_Name']}", crm, [first])


def test_what_was_changed_is_seen_and_what_was_taken_back_is_not(simulator: Simulator, crm: Crm) -> None:
    account = crm.rows("Accounts")[0]
    simulator.put("Accounts", account["id"], Employees=1, Rating=None)
    simulator.put("Accounts", account["id"], Employees=account["Employees"])
    only_changed(crm, {account["id"]: {"Rating": None}} if "Rating" in account else {})
    simulator.put("Accounts", account["id"], Employees=account["Employees"] + 1)
    with pytest.raises(Wrong, match="Changed was"):
        only_changed(crm, {})


def test_a_change_is_not_taken_for_a_new_record(simulator: Simulator, crm: Crm) -> None:
    simulator.put("Accounts", crm.rows("Accounts")[0]["id"], Employees=1)
    with pytest.raises(Wrong, match="Not exactly one new record"):
        made_one(crm, "Accounts")
