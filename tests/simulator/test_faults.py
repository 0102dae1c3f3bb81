"""Faults on demand."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

LIST = "GET /crm/v8/{module}"
UPDATE = "PUT /crm/v8/{module}/{id}"


def listed(crm: httpx2.Client) -> httpx2.Response:
    return crm.get("/crm/v8/Accounts", params={"fields": "Account_Name", "per_page": 3})


def updated(crm: httpx2.Client, account: str, score: int) -> httpx2.Response:
    return crm.put(f"/crm/v8/Accounts/{account}", json={"data": [{"Health_Score": score}]})


def score(crm: httpx2.Client, account: str) -> object:
    return crm.get(f"/crm/v8/Accounts/{account}").json()["data"][0]["Health_Score"]


def test_a_status_is_answered_once_in_zohos_form(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "status", status=503)
    first, second = listed(crm), listed(crm)
    assert (first.status_code, first.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert second.status_code == 200


def test_a_status_may_have_its_own_body_and_headers(sim: Simulator, crm: httpx2.Client) -> None:
    body = {"code": "RATE_LIMIT_EXCEEDED", "details": {}, "message": "Slow down", "status": "error"}
    sim.faults.add(LIST, "status", status=429, body=body, headers={"Retry-After": "7"})
    answer = listed(crm)
    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (429, body, "7")


def test_an_html_page_comes_from_the_proxy(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "html")
    answer = listed(crm)
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_json_may_end_early(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "truncated")
    answer = listed(crm)
    assert answer.status_code == 200
    assert answer.text.startswith('{"data"')
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


def test_a_body_may_be_empty(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "empty")
    answer = listed(crm)
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_connection_may_close_within_the_body(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "cut")
    with pytest.raises(httpx2.RemoteProtocolError):
        listed(crm)
    assert listed(crm).status_code == 200


def test_a_reset_before_the_effect_changes_nothing(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    updated(crm, account, 1)
    sim.faults.add(UPDATE, "reset_before")
    with pytest.raises(httpx2.TransportError):
        updated(crm, account, 2)
    assert score(crm, account) == 1


def test_a_reset_after_the_effect_loses_only_the_answer(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    updated(crm, account, 1)
    sim.faults.add(UPDATE, "reset_after")
    with pytest.raises(httpx2.TransportError):
        updated(crm, account, 2)
    assert score(crm, account) == 2


def test_any_fault_may_come_after_the_effect(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    sim.faults.add(UPDATE, "html", status=504, after=True)
    assert updated(crm, account, 3).status_code == 504
    assert score(crm, account) == 3


def test_a_call_may_hang_until_the_client_gives_up(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "hang")
    with pytest.raises(httpx2.ReadTimeout):
        crm.get("/crm/v8/Accounts", params={"fields": "id"}, timeout=httpx2.Timeout(20, read=0.2))
    assert listed(crm).status_code == 200


def test_a_delay_answers_late_but_rightly(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "delay", seconds=0.3)
    assert listed(crm).status_code == 200
    entry = sim.requests[-1]
    assert entry.fault == "delay"
    assert entry.ended is not None
    assert entry.ended - entry.started > 0.25  # the clock of the log is not that of the wait


def test_who_is_delayed_goes_on_when_the_faults_are_cleared(
    sim: Simulator, crm: httpx2.Client, until: Callable[[Callable[[], bool]], None]
) -> None:
    delayed = sim.faults.add(LIST, "delay", seconds=600)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(listed, crm)
        until(lambda: delayed.hits == 1)
        assert not call.done()
        sim.faults.clear()
        assert call.result().status_code == 200


def test_a_token_may_be_revoked_in_the_middle(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "token_revoked")
    assert listed(crm).json()["code"] == "INVALID_TOKEN"


def test_the_token_endpoint_can_fail_too(sim: Simulator, token_call: Callable[..., httpx2.Response]) -> None:
    sim.faults.add("POST /oauth/v2/token", "html", status=500)
    assert token_call().status_code == 500
    assert "access_token" in token_call().json()


def test_faults_may_skip_calls_and_come_several_times(sim: Simulator, crm: httpx2.Client) -> None:
    sim.faults.add(LIST, "status", skip=1, count=2)
    assert [listed(crm).status_code for _ in range(4)] == [200, 500, 500, 200]


def test_faults_with_a_probability_are_the_same_for_a_seed(sim: Simulator, crm: httpx2.Client) -> None:
    runs = []
    for _ in range(2):
        sim.faults.clear()
        sim.faults.add(LIST, "status", count=None, probability=0.5, seed=4)
        runs.append([listed(crm).status_code for _ in range(20)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_routes_match_by_template_by_path_and_with_wild_cards(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    for route in (f"GET /crm/v8/Accounts/{account}", "*/Accounts/*", "GET /crm/v8/{module}/{id}", "*"):
        sim.faults.clear()
        sim.faults.add(route, "status", status=500)
        assert listed(crm).status_code == (500 if route == "*" else 200)
        assert crm.get(f"/crm/v8/Accounts/{account}").status_code == (200 if route == "*" else 500)


def test_an_unknown_kind_is_refused(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="kind must be one of status, html"):
        sim.faults.add(LIST, "explode")
