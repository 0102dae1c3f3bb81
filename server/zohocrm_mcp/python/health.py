"""The doctor for scripts."""

from __future__ import annotations

from typing import Any

from anyio.from_thread import start_blocking_portal

from zohocrm_mcp.app import served
from zohocrm_mcp.config import load_settings
from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.models import Health
from zohocrm_mcp.python.logs import logs_through_the_standard_library
from zohocrm_mcp.services.health.service import examined, misconfigured


def check_zoho_sdk_health() -> dict[str, Any]:
    """Check configuration, database, token, API access and more, as ``zohocrm-mcp doctor --json`` does.

    Returns:
        ``{"status": "healthy" | "unhealthy", "timestamp": ISO 8601, "checks": {name: check}}``, each check
        ``{"status": "ok" | "error", "detail", "hint"?}``. Among the names are ``configuration``, ``database``,
        ``token_validity`` and ``api_access``. What is unwell is told, never raised.
    """
    return _examined().model_dump(exclude_none=True)


def _examined() -> Health:
    logs_through_the_standard_library()
    try:
        settings = load_settings()
        served(settings)
        with start_blocking_portal() as portal:  # the caller may be in an event loop
            return portal.call(examined, settings)
    except ZohoConfigError as error:
        return misconfigured(error)
