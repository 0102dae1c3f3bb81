"""What endpoints are called in numbers and traces: few names, and none of a tenant's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from zohocrm_mcp.models import Call
from zohocrm_mcp.zoho.endpoints import ENDPOINTS, OTHER, endpoint_of


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/crm/v8/Accounts", "/crm/v8/{module}"),
        ("/crm/v8/Accounts/6470331000000400001", "/crm/v8/{module}/{id}"),
        ("/crm/v8/Accounts/search", "/crm/v8/{module}/search"),
        ("/crm/v8/Accounts/actions/count", "/crm/v8/{module}/actions/count"),
        ("/crm/v8/Leads/1/actions/convert", "/crm/v8/{module}/{id}/actions/{other}"),
        ("/crm/v8/Accounts/1/Deals", "/crm/v8/{module}/{id}/{related_list}"),
        ("/crm/v8/coql", "/crm/v8/coql"),
        ("/crm/v8/settings/modules/Our_Module", "/crm/v8/settings/modules/{module}"),
        ("/crm/v8/settings/automation/rules", "/crm/v8/settings/{other}"),
        ("https://content.example/crm/bulk/v8/read/12/result?x=1", "/crm/bulk/v8/read/{id}/result"),
        ("/crm/v8/one/two/three/four", OTHER),
        ("/crm/v9/Accounts", OTHER),
    ],
)
def test_an_endpoint_is_its_path_without_what_a_tenant_has_named(path: str, endpoint: str) -> None:
    assert endpoint_of(Call("GET", path)) == endpoint


@given(some.lists(some.text(some.characters(codec="utf-8", exclude_characters="/"), max_size=12), max_size=9))
def test_no_path_makes_a_new_name(words: list[str]) -> None:
    assert endpoint_of(Call("GET", "/crm/v8/" + "/".join(words))) in {*ENDPOINTS, OTHER}
