"""What an endpoint is called in numbers and traces: its path without what a tenant has named, of a closed list."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from zohocrm_mcp.models import Call

OTHER = "other"
"""``zoho_request`` takes any path; those that are not in the list are counted together."""

ENDPOINTS = (
    "/crm/v8/coql",
    "/crm/v8/org",
    "/crm/v8/users",
    "/crm/v8/users/{id}",
    "/crm/v8/upload",
    "/crm/v8/settings/fields",
    "/crm/v8/settings/layouts",
    "/crm/v8/settings/modules",
    "/crm/v8/settings/modules/{module}",
    "/crm/v8/settings/related_lists",
    "/crm/v8/settings/custom_views",
    "/crm/v8/settings/profiles",
    "/crm/v8/settings/roles",
    "/crm/v8/settings/tags",
    "/crm/v8/settings/{other}",
    "/crm/bulk/v8/read",
    "/crm/bulk/v8/read/{id}",
    "/crm/bulk/v8/read/{id}/result",
    "/crm/bulk/v8/write",
    "/crm/bulk/v8/write/{id}",
    "/crm/v8/{module}",
    "/crm/v8/{module}/{id}",
    "/crm/v8/{module}/search",
    "/crm/v8/{module}/upsert",
    "/crm/v8/{module}/deleted",
    "/crm/v8/{module}/actions/count",
    "/crm/v8/{module}/actions/{other}",
    "/crm/v8/{module}/{id}/actions/{other}",
    "/crm/v8/{module}/{id}/{related_list}",
    "/crm/v8/{module}/{id}/{related_list}/{id}",
)
"""Zoho CRM v8 docs; where a path fits two, the first is meant."""

_PLACES = {"{id}": r"\d+", "{other}": r".+", "{module}": r"[A-Za-z]\w*", "{related_list}": r"[A-Za-z]\w*"}


def _pattern(template: str) -> str:
    return "/".join(_PLACES.get(word, re.escape(word)) for word in template.split("/"))


_ANY = re.compile("|".join(f"({_pattern(template)})" for template in ENDPOINTS))


def endpoint_of(call: Call) -> str:
    """Return the template of the path that is called, such as ``/crm/v8/{module}/{id}``."""
    found = _ANY.fullmatch(urlsplit(call.path).path)
    return ENDPOINTS[found.lastindex - 1] if found and found.lastindex else OTHER
