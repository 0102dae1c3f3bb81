"""Where a server names its issuer, by the audience that its tokens are for."""

from __future__ import annotations

import httpx2
import pytest
from starlette.applications import Starlette

from zohocrm_mcp.config import Settings
from zohocrm_mcp.shared import Shared
from zohocrm_mcp.transports.entrance import open_gate

pytestmark = pytest.mark.anyio
ISSUER = "https://login.example.com"
WELL_KNOWN = "/.well-known/oauth-protected-resource"


async def found_at(audience: str, path: str) -> httpx2.Response:
    settings = Settings.model_validate({"http_issuer": ISSUER, "http_audience": audience})
    gate = open_gate(settings, Shared(settings), "127.0.0.1", "default")
    transport = httpx2.ASGITransport(Starlette(routes=list(gate.routes())))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get(path)
    await gate.admission.close()
    return answer


@pytest.mark.parametrize(
    ("audience", "path"),
    [
        ("https://crm.example.com/mcp", f"{WELL_KNOWN}/mcp"),
        ("https://crm.example.com/zoho/mcp", f"{WELL_KNOWN}/zoho/mcp"),
        ("https://crm.example.com/zoho/mcp", f"{WELL_KNOWN}/mcp"),
        ("https://crm.example.com", WELL_KNOWN),
        ("https://crm.example.com", f"{WELL_KNOWN}/mcp"),
    ],
)
async def test_the_issuer_is_named_at_the_path_of_the_audience_and_at_that_of_the_endpoint(
    audience: str, path: str
) -> None:
    said = (await found_at(audience, path)).json()
    assert said["resource"] == audience
    assert said["authorization_servers"] == [ISSUER]


async def test_it_is_named_nowhere_else() -> None:
    assert (await found_at("https://crm.example.com/mcp", f"{WELL_KNOWN}/other")).status_code == 404
