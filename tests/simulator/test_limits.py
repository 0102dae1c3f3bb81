"""Credits and calls at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator

AtOnce = Callable[..., list[int]]


def org(crm: httpx2.Client) -> httpx2.Response:
    return crm.get("/crm/v8/org")


@pytest.mark.parametrize(
    ("profile", "credits_per_day", "at_once"),
    [
        ("free", 5_000, 5),
        ("standard", 52_000, 10),
        ("professional", 54_000, 15),
        ("enterprise", 58_000, 20),
        ("ultimate", 66_000, 25),
    ],
)
def test_limits_depend_on_the_edition(profile: str, credits_per_day: int, at_once: int) -> None:
    limits = Simulator(profile=profile).state.limits
    assert (limits.total, limits.concurrency) == (credits_per_day, at_once)


def test_an_unknown_edition_is_refused() -> None:
    with pytest.raises(ValueError, match="profile must be one of free"):
        Simulator(profile="gold")


def test_remaining_credits_are_told_only_after_half_of_them(sim: Simulator, crm: httpx2.Client) -> None:
    sim.settings.credits_per_day = 4
    told = [org(crm).headers.get("x-api-credits-remaining") for _ in range(4)]
    assert told == [None, None, "1", "0"]


def test_without_credits_a_call_is_429_until_a_day_has_gone(sim: Simulator, crm: httpx2.Client) -> None:
    sim.settings.credits_per_day = 1
    assert org(crm).status_code == 200
    refused = org(crm)
    assert refused.status_code == 429
    assert refused.json()["code"] == "TOO_MANY_REQUESTS"
    assert "retry-after" not in refused.headers
    sim.clock.advance(86_500)
    headers = {"Authorization": f"Zoho-oauthtoken {sim.grant()['access_token']}"}
    assert crm.get("/crm/v8/org", headers=headers).status_code == 200


def test_a_refused_call_has_no_effect(sim: Simulator, crm: httpx2.Client, account: str) -> None:
    sim.settings.credits_per_day = sim.state.limits.used
    assert crm.delete(f"/crm/v8/Accounts/{account}").status_code == 429
    sim.settings.credits_per_day = None
    assert crm.get(f"/crm/v8/Accounts/{account}").status_code == 200


def test_writes_cost_a_credit_per_ten_records(sim: Simulator, crm: httpx2.Client) -> None:
    for size, price in ((1, 1), (10, 1), (11, 2), (100, 10)):
        before = sim.counters.credits
        crm.post("/crm/v8/Accounts", json={"data": [{"Account_Name": f"A {number}"} for number in range(size)]})
        assert sim.counters.credits - before == price


def test_bulk_jobs_and_views_cost_more(sim: Simulator, crm: httpx2.Client) -> None:
    before = sim.counters.credits
    crm.post("/crm/bulk/v8/read", json={"query": {"module": {"api_name": "Accounts"}}})
    assert sim.counters.credits - before == 50
    view = crm.get("/crm/v8/settings/custom_views", params={"module": "Accounts"}).json()["custom_views"][0]["id"]
    before = sim.counters.credits
    crm.get("/crm/v8/Accounts", params={"fields": "id", "cvid": view})
    assert sim.counters.credits - before == 3


def test_tokens_and_the_admin_endpoint_cost_nothing(sim: Simulator, crm: httpx2.Client) -> None:
    crm.get("/_simulator")
    crm.post("/oauth/v2/token", data={"grant_type": "refresh_token"})
    assert sim.counters.credits == 0


@pytest.fixture
def at_once(sim: Simulator, crm: httpx2.Client, until: Callable[[Callable[[], bool]], None]) -> AtOnce:
    """Makes so many calls, none of which is answered before all are let in or refused; their statuses."""

    def make(count: int, let_in: int, method: str, path: str, body: object = None) -> list[int]:
        sim.faults.add(f"{method} {path}", "delay", seconds=60, count=None)
        refused = sim.counters.statuses[429] + count - let_in
        with ThreadPoolExecutor(count) as pool:
            calls = [pool.submit(crm.request, method, path, json=body) for _ in range(count)]
            until(lambda: (sim.counters.in_flight, sim.counters.statuses[429]) == (let_in, refused))
            sim.faults.clear()
        return sorted(call.result().status_code for call in calls)

    return make


def test_more_calls_at_once_than_the_edition_allows_are_429(sim: Simulator, at_once: AtOnce) -> None:
    sim.settings.concurrency = 3
    assert at_once(6, 3, "GET", "/crm/v8/org") == [200] * 3 + [429] * 3
    assert sim.counters.peak_concurrency >= 4


def test_heavy_calls_have_a_limit_of_their_own(sim: Simulator, at_once: AtOnce) -> None:
    sim.settings.heavy_concurrency = 2
    query = {"select_query": "select id from Accounts where id is not null limit 1"}
    assert at_once(4, 2, "POST", "/crm/v8/coql", query) == [200, 200, 429, 429]
    small = {"data": [{"Account_Name": "S"}]}
    assert at_once(4, 4, "POST", "/crm/v8/Accounts", small) == [201] * 4
    large = {"data": [{"Account_Name": f"L {number}"} for number in range(11)]}
    assert at_once(4, 2, "POST", "/crm/v8/Accounts", large) == [201, 201, 429, 429]


def test_limits_can_be_switched_off(sim: Simulator, crm: httpx2.Client) -> None:
    sim.settings.credits_per_day, sim.settings.enforce_limits = 1, False
    assert [org(crm).status_code for _ in range(3)] == [200] * 3
