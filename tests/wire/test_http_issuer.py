"""A server in front of a company's identity provider: its tokens let in, and clients find out where to get one."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import jwt
import pytest
from mcp import MCPError
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from support.clients import call, first_account
from support.issuer import AUDIENCE, IdentityProvider, rsa_key
from support.tenants import WIRES, Companies, Server, Wire, both_companies  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("http_issuer")]

METADATA = "/.well-known/oauth-protected-resource/mcp"


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider("/realms/crm", "/.well-known/oauth-authorization-server/realms/crm").running() as running:
        yield running


@pytest.fixture(scope="module")
def server(both: Companies, provider: IdentityProvider) -> Iterator[Server]:
    issued = {"ZOHO_MCP_HTTP_ISSUER": provider.issuer, "ZOHO_MCP_HTTP_AUDIENCE": AUDIENCE}
    with both.serving("--connection", "acme", ZOHO_MCP_CONFIRM="never", **issued) as running:
        yield running


@pytest.mark.parametrize("wire", WIRES)
async def test_a_token_of_the_issuer_lets_in_over_every_wire(
    server: Server, provider: IdentityProvider, wire: Wire
) -> None:
    async with server.client(provider.token("ec", zohocrm_connection="contoso"), wire) as client:
        assert (await call(client, "get_accounts", limit=200))["count"] == 20
    async with server.client(provider.token(), wire) as client:
        assert (await call(client, "get_accounts", limit=200))["count"] == 30


async def test_the_scope_decides_what_is_served(server: Server, provider: IdentityProvider) -> None:
    async with server.client(provider.token(scope="crm:read")) as client:
        with pytest.raises(MCPError, match="takes the role 'write'"):
            await client.call_tool("update_account", {"account_id": "1", "values": {"Phone": "1"}})
    async with server.client(provider.token(scope="crm:write")) as client:
        account = await first_account(client)
        changed = await call(client, "update_account", account_id=account, values={"Phone": "+1 555 0101"})
    assert changed["changed"]["Phone"]["after"] == "+1 555 0101"


HOUR = 3600
WRONG: dict[str, dict[str, Any]] = {
    "expired": {"exp": int(time.time()) - HOUR},
    "not good yet": {"nbf": int(time.time()) + HOUR},
    "of a foreign issuer": {"iss": "https://login.example.net"},
    "for a foreign audience": {"aud": "https://other.example.com/mcp"},
    "of nobody": {"sub": None},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG.keys())
async def test_a_token_that_is_wrong_stays_outside(
    server: Server, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    answer = server.post(provider.token(**claims))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_a_token_that_nobody_or_somebody_else_signed_stays_outside(
    server: Server, provider: IdentityProvider
) -> None:
    stranger = rsa_key("stranger")
    for token in (
        jwt.encode(provider.claims(scope="crm:admin"), "", "none", headers={"kid": "rsa"}),
        jwt.encode(provider.claims(scope="crm:admin"), "s" * 32, "HS256", headers={"kid": "rsa"}),
        jwt.encode(provider.claims(scope="crm:admin"), stranger, "RS256", headers={"kid": "rsa"}),
        jwt.encode(provider.claims(scope="crm:admin"), stranger, "RS256", headers={"kid": "unknown"}),
    ):
        assert server.post(token).status_code == 401


async def test_a_token_without_our_scopes_is_told_which_one_would_do(
    server: Server, provider: IdentityProvider
) -> None:
    answer = server.post(provider.token(scope="openid profile"))
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="crm:read"' in answer.headers["WWW-Authenticate"]


async def test_who_brings_no_token_is_told_where_to_get_one(server: Server, provider: IdentityProvider) -> None:
    told = server.post().headers["WWW-Authenticate"]
    assert f'resource_metadata="https://crm.example.com{METADATA}"' in told
    found = httpx2.get(f"{server.root}{METADATA}").json()
    assert found["resource"] == AUDIENCE
    assert found["authorization_servers"] == [provider.issuer]
    assert found["scopes_supported"] == ["crm:read", "crm:write", "crm:admin"]


async def test_an_audience_may_be_a_name_that_is_no_url(both: Companies, provider: IdentityProvider) -> None:
    client_id = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
    issued = {"ZOHO_MCP_HTTP_ISSUER": provider.issuer, "ZOHO_MCP_HTTP_AUDIENCE": client_id}
    with both.serving("--connection", "acme", ZOHO_MCP_HTTP_URL=AUDIENCE, **issued) as server:
        async with server.client(provider.token(aud=client_id)) as client:
            assert (await call(client, "get_accounts", limit=200))["count"] == 30
        refused = server.post(provider.token(aud=AUDIENCE))
        found = httpx2.get(f"{server.root}{METADATA}", headers={"Host": "crm.example.com"})
    assert refused.status_code == 401
    assert f'resource_metadata="https://crm.example.com{METADATA}"' in refused.headers["WWW-Authenticate"]
    assert found.json()["resource"] == AUDIENCE


class Kept:
    """Where a client keeps its tokens: in memory."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


async def test_a_client_finds_its_way_to_a_token_by_itself(both: Companies, provider: IdentityProvider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}/mcp"
    issued = {"ZOHO_MCP_HTTP_ISSUER": provider.issuer, "ZOHO_MCP_HTTP_AUDIENCE": url}
    auth = ClientCredentialsOAuthProvider(url, Kept(), "a-client", "a-secret", issuer=provider.issuer)
    with both.serving("--connection", "acme", "--port", str(port), **issued) as server:
        async with server.client(auth=auth) as client:
            assert (await call(client, "get_accounts", limit=200))["count"] == 30
    assert provider.asked["/token"] == 1


async def test_a_session_of_one_person_is_closed_to_another(server: Server, provider: IdentityProvider) -> None:
    about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    greeting = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
    ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(headers=accept, trust_env=False) as http:

        async def post(body: dict[str, Any], token: str, **headers: str) -> httpx2.Response:
            return await http.post(server.url, json=body, headers={"Authorization": f"Bearer {token}", **headers})

        session = {"mcp-session-id": (await post(greeting, provider.token())).headers["mcp-session-id"]}
        assert (await post(ask, provider.token(exp=int(time.time()) + 900), **session)).status_code == 200
        assert (await post(ask, provider.token(sub="bob"), **session)).status_code == 404
        assert (await post(ask, provider.token(zohocrm_connection="contoso"), **session)).status_code == 404


async def test_a_stored_token_is_good_beside_the_issuers(both: Companies, server: Server) -> None:
    assert server.post(both.token("beside", "acme")).status_code == 200
