"""MCP server for the accounts of a Zoho CRM organisation.

What scripts use of it is here too, imported when it is first asked for: the client, the health check, the errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zohocrm_mcp._version import __version__

if TYPE_CHECKING:
    from zohocrm_mcp.errors import (
        ZohoAPIError,
        ZohoAuthError,
        ZohoConfigError,
        ZohoDatabaseError,
        ZohoError,
        ZohoRateLimitError,
    )
    from zohocrm_mcp.python.client import ZohoSDKClient
    from zohocrm_mcp.python.create import create_zoho_client
    from zohocrm_mcp.python.health import check_zoho_sdk_health
else:
    _ERRORS, _PYTHON = "zohocrm_mcp.errors", "zohocrm_mcp.python"
    _HOMES = {
        "ZohoAPIError": _ERRORS,
        "ZohoAuthError": _ERRORS,
        "ZohoConfigError": _ERRORS,
        "ZohoDatabaseError": _ERRORS,
        "ZohoError": _ERRORS,
        "ZohoRateLimitError": _ERRORS,
        "ZohoSDKClient": f"{_PYTHON}.client",
        "check_zoho_sdk_health": f"{_PYTHON}.health",
        "create_zoho_client": f"{_PYTHON}.create",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "ZohoAPIError",
    "ZohoAuthError",
    "ZohoConfigError",
    "ZohoDatabaseError",
    "ZohoError",
    "ZohoRateLimitError",
    "ZohoSDKClient",
    "__version__",
    "check_zoho_sdk_health",
    "create_zoho_client",
]
