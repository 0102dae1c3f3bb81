"""What the other tools do not cover, by Zoho's own paths. Off unless asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zohocrm_mcp.models import RestAnswer
from zohocrm_mcp.services import Services
from zohocrm_mcp.services.confirmations import Preview
from zohocrm_mcp.services.quoting import LONG, quoted, told
from zohocrm_mcp.toolkit import ANYTHING, Crm, HttpMethod, JsonBody, Path, QueryParams, tool

DEFAULT = False


async def _write(crm: Services, given: Mapping[str, Any]) -> Preview | None:
    await crm.rest.check(given["method"], given["path"], given["params"], given["body"])
    if given["method"] == "GET":
        return None
    params = f" with {told(given['params'])}" if given["params"] else ""
    body = f" and the body {quoted(given['body'], LONG)}" if given["body"] else ""
    return Preview(f"Send {given['method']} {quoted(given['path'], LONG)}{params}{body} to Zoho CRM?")


@tool("Call Zoho's API", ANYTHING, confirm=_write)
async def zoho_request(
    crm: Crm, *, method: HttpMethod = "GET", path: Path, params: QueryParams = None, body: JsonBody = None
) -> RestAnswer:
    """Call any path of Zoho CRM v8 that no other tool covers, such as /crm/v8/settings/roles. A person confirms writes.

    Prefer the other tools: they check names and values, and bulk changes made here cannot be undone.
    """
    return await crm.rest.request(method, path, params, body)
