"""What calls cost, and what editions allow (Zoho CRM v8 docs, API limits)."""

from __future__ import annotations

import pytest

from zohocrm_mcp.limits.editions import Organisation
from zohocrm_mcp.limits.prices import Price, price_of
from zohocrm_mcp.models import Call, Record


def rows(count: int) -> Record:
    return {"data": [{"id": str(number)} for number in range(count)]}


def coql(query: str) -> Call:
    return Call("POST", "/crm/v8/coql", body={"select_query": query})


@pytest.mark.parametrize(
    ("call", "price"),
    [
        (Call("GET", "/crm/v8/Accounts/1"), Price(1)),
        (Call("GET", "/crm/v8/Accounts", {"per_page": "200"}), Price(1)),
        (Call("GET", "/crm/v8/Accounts", {"cvid": "1"}), Price(3)),
        (Call("GET", "/crm/v8/settings/fields", {"module": "Accounts"}), Price(1)),
        (Call("DELETE", "/crm/v8/Accounts/1", safe=False), Price(1)),
        (Call("POST", "/crm/v8/Accounts", body=rows(1)), Price(1)),
        (Call("PUT", "/crm/v8/Accounts", body=rows(10)), Price(1)),
        (Call("PUT", "/crm/v8/Accounts", body=rows(11)), Price(2, heavy=True)),
        (Call("POST", "/crm/v8/Accounts/upsert", body=rows(100)), Price(10, heavy=True)),
        (Call("POST", "/crm/v8/Accounts", body=None), Price(1)),
        (Call("POST", "/crm/v8/Accounts/1/actions/add_tags", body={"tags": []}), Price(1)),
        (coql("select id from Accounts"), Price(1, heavy=True)),
        (coql("select id from Accounts limit 200"), Price(1, heavy=True)),
        (coql("select id from Accounts LIMIT 201"), Price(2, heavy=True)),
        (coql("select id from Accounts limit 40, 1000"), Price(2, heavy=True)),
        (coql("select id from Accounts where limit_c = 1 limit 2000 offset 4"), Price(3, heavy=True)),
        (Call("POST", "/crm/bulk/v8/read", body={}), Price(50)),
        (Call("GET", "/crm/bulk/v8/read/1"), Price(1)),
        (Call("POST", "/crm/bulk/v8/write", body={}), Price(500)),
        (Call("POST", "/crm/v8/settings/fields", body={}), Price(10)),
        (Call("POST", "/crm/v8/settings/modules", body={}), Price(500)),
        (Call("POST", "/crm/v8/Leads/1/actions/convert", body={}), Price(5, heavy=True)),
        (Call("POST", "/crm/v8/Leads/1/actions/send_mail", body={}), Price(20, heavy=True)),
        (Call("POST", "/crm/v8/__composite_requests", body={}), Price(2, heavy=True)),
    ],
)
def test_price(call: Call, price: Price) -> None:
    assert price_of(call) == price


@pytest.mark.parametrize(
    ("edition", "users", "concurrency", "per_day"),
    [
        ("free", 3, 5, 5_000),
        ("standard", 8, 10, 52_000),
        ("standard", 900, 10, 100_000),
        ("professional", 8, 15, 54_000),
        ("enterprise", 8, 20, 58_000),
        ("ultimate", 8, 25, 66_000),
        ("Zoho One", 1, 20, 51_000),
        ("crm_plus", 1, 25, 52_000),
        ("", 8, 10, None),
        ("galactic", 8, 10, None),
    ],
)
def test_edition(edition: str, users: int, concurrency: int, per_day: int | None) -> None:
    organisation = Organisation("somewhere 1", edition, users)
    assert (organisation.concurrency, organisation.credits) == (concurrency, per_day)
