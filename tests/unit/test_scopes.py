"""Scopes: the least for what is served, and the ones a call needs."""

from __future__ import annotations

import pytest

from zohocrm_mcp.app import catalog
from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.scopes import SEARCH, TOOLSETS, covers, missing, needed, needed_for


def test_every_toolset_has_its_scopes() -> None:
    assert set(catalog().toolsets) <= set(TOOLSETS)


def test_the_default_toolsets_ask_for_the_least() -> None:
    assert needed(Settings.model_validate({})) == (
        "ZohoCRM.users.READ",
        "ZohoCRM.org.READ",
        "ZohoCRM.modules.accounts.ALL",
        "ZohoCRM.settings.modules.READ",
        "ZohoCRM.settings.fields.READ",
        "ZohoCRM.settings.layouts.READ",
        "ZohoCRM.settings.related_lists.READ",
        "ZohoSearch.securesearch.READ",
        "ZohoCRM.coql.READ",
        "ZohoCRM.bulk.ALL",
        "ZohoFiles.files.ALL",
        "ZohoCRM.modules.READ",
    )


def test_a_server_that_only_reads_asks_for_nothing_that_writes() -> None:
    asked = needed(Settings.model_validate({"read_only": True, "toolsets": tuple(TOOLSETS)}))
    assert {scope.rpartition(".")[2] for scope in asked} == {"READ"}


def test_one_toolset_asks_for_itself_alone() -> None:
    asked = needed(Settings.model_validate({"toolsets": "schema"}))
    assert not [scope for scope in asked if "modules.accounts" in scope or "bulk" in scope]


@pytest.mark.parametrize(
    ("granted", "wanted", "held"),
    [
        ("ZohoCRM.modules.ALL", "ZohoCRM.modules.accounts.READ", True),
        ("ZohoCRM.modules.READ", "ZohoCRM.modules.accounts.READ", True),
        ("zohocrm.Modules.Accounts.all", "ZohoCRM.modules.accounts.DELETE", True),
        ("ZohoCRM.modules.accounts.WRITE", "ZohoCRM.modules.accounts.UPDATE", True),
        ("ZohoCRM.modules.accounts.WRITE", "ZohoCRM.modules.accounts.READ", False),
        ("ZohoCRM.modules.READ", "ZohoCRM.modules.accounts.UPDATE", False),
        ("ZohoCRM.modules.contacts.ALL", "ZohoCRM.modules.accounts.READ", False),
        ("ZohoCRM.settings.fields.READ", "ZohoCRM.settings.ALL", False),
        ("", "ZohoCRM.org.READ", False),
    ],
)
def test_a_scope_holds_what_it_names(granted: str, wanted: str, *, held: bool) -> None:
    assert covers([granted], wanted) is held


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("GET", "/crm/v8/Accounts", ("ZohoCRM.modules.accounts.READ",)),
        ("PUT", "/crm/v8/Accounts/1", ("ZohoCRM.modules.accounts.UPDATE",)),
        ("POST", "/crm/v8/Accounts/upsert", ("ZohoCRM.modules.accounts.CREATE", "ZohoCRM.modules.accounts.UPDATE")),
        ("GET", "/crm/v8/Accounts/1/Contacts", ("ZohoCRM.modules.accounts.READ", "ZohoCRM.modules.contacts.READ")),
        ("POST", "/crm/v8/Accounts/1/Notes", ("ZohoCRM.modules.notes.CREATE",)),
        ("POST", "/crm/v8/Accounts/actions/mass_update", ("ZohoCRM.mass_update.accounts.UPDATE",)),
        ("POST", "/crm/v8/Accounts/1/actions/add_tags", ("ZohoCRM.modules.accounts.UPDATE",)),
        ("GET", "/crm/v8/Leads/search", ("ZohoCRM.modules.leads.READ", SEARCH)),
        (
            "GET",
            "/crm/v8/Accounts/actions/count",
            ("ZohoCRM.modules.accounts.READ", SEARCH, "ZohoCRM.settings.layouts.READ"),
        ),
        ("POST", "/crm/v8/coql", ("ZohoCRM.coql.READ",)),
        ("GET", "/crm/v8/settings/fields", ("ZohoCRM.settings.fields.READ",)),
        ("GET", "/crm/v8/users", ("ZohoCRM.users.READ",)),
        ("POST", "/crm/bulk/v8/read", ("ZohoCRM.bulk.READ",)),
        ("POST", "/crm/bulk/v8/write", ("ZohoCRM.bulk.CREATE",)),
        ("POST", "/crm/v8/upload", ("ZohoFiles.files.CREATE",)),
        ("GET", "/elsewhere", ()),
    ],
)
def test_a_call_needs_its_scopes(method: str, path: str, scopes: tuple[str, ...]) -> None:
    assert needed_for(method, path) == scopes


def test_what_is_missing_is_named() -> None:
    assert missing("ZohoCRM.modules.ALL,ZohoCRM.org.READ", ("ZohoCRM.modules.leads.READ", SEARCH)) == (SEARCH,)
