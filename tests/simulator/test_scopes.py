"""Tokens that hold fewer scopes."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

Scoped = Callable[..., httpx2.Client]
COQL = {"select_query": "select Last_Name from Contacts where Account_Name.Industry = 'Technology' limit 1"}


def mismatch(answer: httpx2.Response) -> bool:
    """Whether the call was refused for its scopes."""
    if answer.status_code != 401:
        return False
    assert answer.json() == {
        "code": "OAUTH_SCOPE_MISMATCH",
        "details": {},
        "message": "Unauthorized",
        "status": "error",
    }
    return True


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (("ZohoCRM.modules.ALL",), True),
        (("ZohoCRM.modules.READ",), True),
        (("ZohoCRM.modules.accounts.READ",), True),
        (("zohocrm.modules.Accounts.all",), True),
        (("ZohoCRM.modules.contacts.ALL",), False),
        (("ZohoCRM.modules.accounts.CREATE",), False),
        (("ZohoCRM.settings.ALL",), False),
    ],
)
def test_reading_accounts_needs_their_read_scope(with_scopes: Scoped, scopes: tuple[str, ...], allowed: bool) -> None:
    answer = with_scopes(*scopes).get("/crm/v8/Accounts", params={"fields": "id"})
    assert mismatch(answer) is not allowed


def test_search_needs_the_search_scope_as_well(with_scopes: Scoped) -> None:
    params = {"word": "technology"}
    without = with_scopes("ZohoCRM.modules.ALL")
    assert mismatch(without.get("/crm/v8/Accounts/search", params=params))
    both = with_scopes("ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ")
    assert both.get("/crm/v8/Accounts/search", params=params).status_code == 200


def test_count_needs_three_scopes(with_scopes: Scoped) -> None:
    scopes = ["ZohoCRM.modules.ALL", "ZohoSearch.securesearch.READ", "ZohoCRM.settings.layouts.READ"]
    assert mismatch(with_scopes(*scopes[:2]).get("/crm/v8/Accounts/actions/count"))
    assert with_scopes(*scopes).get("/crm/v8/Accounts/actions/count").status_code == 200


def test_coql_needs_the_scope_of_every_module_it_touches(with_scopes: Scoped) -> None:
    only_contacts = with_scopes("ZohoCRM.coql.READ", "ZohoCRM.modules.contacts.READ")
    assert mismatch(only_contacts.post("/crm/v8/coql", json=COQL))
    both = with_scopes("ZohoCRM.coql.READ", "ZohoCRM.modules.contacts.READ", "ZohoCRM.modules.accounts.READ")
    assert both.post("/crm/v8/coql", json=COQL).status_code == 200
    assert mismatch(with_scopes("ZohoCRM.modules.ALL").post("/crm/v8/coql", json=COQL))


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/crm/v8/org", "ZohoCRM.org.READ"),
        ("GET", "/crm/v8/users", "ZohoCRM.users.READ"),
        ("GET", "/crm/v8/settings/modules", "ZohoCRM.settings.modules.READ"),
        ("GET", "/crm/v8/settings/fields?module=Accounts", "ZohoCRM.settings.fields.READ"),
        ("GET", "/crm/v8/settings/layouts?module=Accounts", "ZohoCRM.settings.layouts.READ"),
        ("GET", "/crm/v8/settings/related_lists?module=Accounts", "ZohoCRM.settings.related_lists.READ"),
        ("GET", "/crm/v8/settings/custom_views?module=Accounts", "ZohoCRM.settings.custom_views.READ"),
        ("GET", "/crm/v8/settings/profiles", "ZohoCRM.settings.profiles.READ"),
        ("GET", "/crm/v8/settings/roles", "ZohoCRM.settings.roles.READ"),
        ("POST", "/crm/v8/Accounts", "ZohoCRM.modules.accounts.CREATE"),
        ("PUT", "/crm/v8/Accounts", "ZohoCRM.modules.accounts.UPDATE"),
        ("DELETE", "/crm/v8/Accounts?ids=5", "ZohoCRM.modules.accounts.DELETE"),
        ("POST", "/crm/bulk/v8/read", "ZohoCRM.bulk.READ"),
        ("POST", "/crm/bulk/v8/write", "ZohoCRM.bulk.CREATE"),
        ("POST", "/crm/v8/upload", "ZohoFiles.files.CREATE"),
    ],
)
def test_each_call_needs_its_scope(with_scopes: Scoped, method: str, path: str, scope: str) -> None:
    assert mismatch(with_scopes("ZohoCRM.apis.READ").request(method, path))
    assert not mismatch(with_scopes(scope).request(method, path))


def test_upsert_needs_both_scopes_of_writing(with_scopes: Scoped) -> None:
    body = {"data": [{"Account_Name": "X"}]}
    create = with_scopes("ZohoCRM.modules.accounts.CREATE")
    assert mismatch(create.post("/crm/v8/Accounts/upsert", json=body))
    both = with_scopes("ZohoCRM.modules.accounts.CREATE", "ZohoCRM.modules.accounts.UPDATE")
    assert both.post("/crm/v8/Accounts/upsert", json=body).status_code == 200


def test_bulk_read_needs_the_scope_of_its_module(with_scopes: Scoped) -> None:
    body = {"query": {"module": {"api_name": "Accounts"}}}
    assert mismatch(with_scopes("ZohoCRM.bulk.READ").post("/crm/bulk/v8/read", json=body))
