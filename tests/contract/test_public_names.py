"""What a script may import, and what importing it costs."""

from __future__ import annotations

import importlib.metadata
import inspect
import subprocess
import sys

import pytest

import zohocrm_mcp
from zohocrm_mcp import errors

NAMES = {
    "ZohoSDKClient",
    "create_zoho_client",
    "check_zoho_sdk_health",
    "ZohoError",
    "ZohoConfigError",
    "ZohoAuthError",
    "ZohoAPIError",
    "ZohoRateLimitError",
    "ZohoDatabaseError",
}
SIGNATURES = {
    "get_accounts": ["limit=200", "page=1", "sort_by=None", "sort_order=None", "fields=None"],
    "get_account": ["account_id"],
    "update_account": ["account_id", "field_data"],
    "bulk_update_accounts": ["records"],
    "search_accounts": ["criteria", "limit=200"],
    "bulk_read_accounts": ["criteria=None", "fields=None"],
    "iter_accounts": ["criteria=None", "fields=None"],
}
ERRORS = [error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, errors.ZohoError)]


def arguments(call: object) -> list[str]:
    assert callable(call)
    given = inspect.signature(call).parameters.values()
    shown = [one.name if one.default is one.empty else f"{one.name}={one.default}" for one in given]
    return [one for one in shown if one != "self"]


def documented(what: object) -> bool:
    return bool(inspect.getdoc(what))


def test_the_names_of_the_contract_are_there_and_no_others() -> None:
    assert set(zohocrm_mcp.__all__) == {*NAMES, "__version__"}
    assert {name for name in NAMES if not documented(getattr(zohocrm_mcp, name))} == set()
    assert set(zohocrm_mcp.__all__) <= set(dir(zohocrm_mcp))


def test_the_version_is_that_of_the_distribution() -> None:
    assert zohocrm_mcp.__version__ == importlib.metadata.version("zohocrm-mcp")


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'MockClient'"):
        _ = zohocrm_mcp.MockClient  # type: ignore[attr-defined]


def test_the_client_takes_the_arguments_of_the_contract() -> None:
    client = zohocrm_mcp.ZohoSDKClient
    assert arguments(client) == ["database_url=None", "max_retries=3", "retry_delay=1.0"]
    assert arguments(zohocrm_mcp.create_zoho_client) == ["use_mock=False"]
    assert arguments(zohocrm_mcp.check_zoho_sdk_health) == []
    assert {name: arguments(getattr(client, name)) for name in SIGNATURES} == SIGNATURES
    assert [name for name in SIGNATURES if not documented(getattr(client, name))] == []


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_has_details(error: type[errors.ZohoError]) -> None:
    assert error("Something happened.", code="X").details["code"] == "X"
    assert isinstance(error("Something happened.").details, dict)


def test_importing_the_package_imports_next_to_nothing() -> None:
    program = "import sys; before = set(sys.modules); import zohocrm_mcp; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    new = {name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names}
    assert new == {"zohocrm_mcp", "zohocrm_mcp._version"}


def test_an_error_is_imported_without_the_client() -> None:
    program = "import sys; from zohocrm_mcp import ZohoRateLimitError; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
