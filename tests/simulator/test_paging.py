"""Pages by number and by token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from zohocrm_mcp.simulator import Simulator


@pytest.fixture(scope="module")
def _running() -> Iterator[Simulator]:
    with Simulator(accounts=2_500, enforce_limits=False) as running:
        yield running


@pytest.fixture
def page(crm: httpx2.Client) -> Callable[..., httpx2.Response]:
    def get(**params: str | int) -> httpx2.Response:
        return crm.get("/crm/v8/Accounts", params={"fields": "Account_Name", **params})

    return get


Page = Callable[..., httpx2.Response]


def test_a_page_holds_two_hundred_records_at_most(page: Page) -> None:
    assert page().json()["info"]["count"] == 200
    assert page(per_page=201).json()["code"] == "INVALID_DATA"


def test_pages_by_number_end_at_two_thousand_records(page: Page) -> None:
    assert page(page=10).status_code == 200
    answer = page(page=11)
    assert answer.status_code == 400
    assert answer.json()["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    assert answer.json()["details"] == {"limit": 2000}


def test_tokens_lead_through_all_records_once(page: Page) -> None:
    ids: list[str] = []
    params: dict[str, Any] = {}
    while True:
        answer = page(**params).json()
        ids += [record["id"] for record in answer["data"]]
        if not answer["info"]["more_records"]:
            break
        params = {"page_token": answer["info"]["next_page_token"]}
    assert len(ids) == len(set(ids)) == 2500
    assert answer["info"]["next_page_token"] is None
    assert answer["info"]["page_token_expiry"] is None
    assert answer["info"]["page"] == 13


def test_tokens_lead_through_all_records_by_modified_time(page: Page) -> None:
    seen: list[tuple[str, str]] = []
    params: dict[str, Any] = {"sort_by": "Modified_Time", "sort_order": "asc", "fields": "Modified_Time"}
    while True:
        answer = page(**params).json()
        seen += [(record["Modified_Time"], record["id"]) for record in answer["data"]]
        if not answer["info"]["more_records"]:
            break
        params["page_token"] = answer["info"]["next_page_token"]
    assert len(set(seen)) == 2500
    assert seen == sorted(seen)


def test_the_token_of_page_ten_goes_past_two_thousand(page: Page) -> None:
    token = page(page=10).json()["info"]["next_page_token"]
    answer = page(page_token=token).json()
    assert answer["info"]["page"] == 11
    assert answer["info"]["previous_page_token"]


def test_the_previous_token_leads_back(page: Page) -> None:
    first = page(per_page=50).json()
    second = page(per_page=50, page_token=first["info"]["next_page_token"]).json()
    back = page(per_page=50, page_token=second["info"]["previous_page_token"]).json()
    assert [each["id"] for each in back["data"]] == [each["id"] for each in first["data"]]


def test_page_and_page_token_exclude_each_other(page: Page) -> None:
    token = page().json()["info"]["next_page_token"]
    answer = page(page=2, page_token=token)
    assert answer.json()["code"] == "AMBIGUITY_DURING_PROCESSING"


def test_a_token_is_bound_to_its_parameters(page: Page) -> None:
    token = page().json()["info"]["next_page_token"]
    changes: tuple[dict[str, Any], ...] = ({"per_page": 100}, {"fields": "Industry"}, {"sort_order": "asc"})
    for changed in changes:
        assert page(page_token=token, **changed).json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"


def test_a_token_is_bound_to_its_user(page: Page, with_scopes: Callable[..., httpx2.Client]) -> None:
    token = page().json()["info"]["next_page_token"]
    other = with_scopes("ZohoCRM.modules.ALL", user="daniel.otieno@northwind-supply.example")
    answer = other.get("/crm/v8/Accounts", params={"fields": "Account_Name", "page_token": token})
    assert answer.json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"


def test_a_token_expires_after_a_day(sim: Simulator, page: Page, with_scopes: Callable[..., httpx2.Client]) -> None:
    token = page().json()["info"]["next_page_token"]
    sim.clock.advance(86_401)
    later = with_scopes("ZohoCRM.modules.ALL")
    answer = later.get("/crm/v8/Accounts", params={"fields": "Account_Name", "page_token": token})
    assert answer.json()["code"] == "EXPIRED_VALUE"


def test_a_token_goes_on_where_it_was_whatever_changes_before(crm: httpx2.Client, page: Page) -> None:
    first = page(per_page=50).json()
    crm.delete(f"/crm/v8/Accounts/{first['data'][0]['id']}")
    second = page(per_page=50, page_token=first["info"]["next_page_token"]).json()
    assert second["data"][0]["id"] < first["data"][-1]["id"]
    assert len(second["data"]) == 50


def test_tokens_end_at_a_hundred_thousand_records() -> None:
    with Simulator(accounts=100_250, enforce_limits=False) as many:
        headers = {"Authorization": f"Zoho-oauthtoken {many.access_token}"}
        with httpx2.Client(base_url=many.api_url, headers=headers, trust_env=False, timeout=30) as client:
            params = {"fields": "id"}
            for _ in range(500):
                answer = client.get("/crm/v8/Accounts", params=params).json()
                params["page_token"] = answer["info"]["next_page_token"]
            refused = client.get("/crm/v8/Accounts", params=params)
    assert answer["info"]["more_records"]
    assert refused.json()["code"] == "PAGINATION_LIMIT_EXCEEDED"
