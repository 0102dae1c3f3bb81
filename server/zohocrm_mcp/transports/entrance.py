"""From the settings to the gate of an HTTP server, and whether there may be one at all."""

from __future__ import annotations

import anyio
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl
from starlette.routing import Route

from zohocrm_mcp.access.admission import Admission
from zohocrm_mcp.access.issuer import SCOPES, Issuer
from zohocrm_mcp.access.keys import open_keys
from zohocrm_mcp.access.lookup import TokenLookup
from zohocrm_mcp.config import LOOPBACK, Settings
from zohocrm_mcp.errors import ZohoConfigError
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.shared import Shared
from zohocrm_mcp.transports.gate import Gate
from zohocrm_mcp.transports.hosts import allowed, names
from zohocrm_mcp.transports.stdio import Check

log = get_logger(__name__)

METADATA = "/.well-known/oauth-protected-resource/mcp"


def open_gate(settings: Settings, shared: Shared, host: str, connection: str, *, only: str = "") -> Gate:
    """Return the gate of a server that listens on ``host``.

    Args:
        settings: who may come in.
        shared: gives the database with the stored tokens.
        host: where the server is going to listen.
        connection: of tokens that name none.
        only: everybody's connection, whatever their token names.

    Raises:
        ZohoConfigError: strangers reach this host, and there is nothing that a caller could be known by.
    """
    beyond = host not in LOOPBACK
    if beyond and not settings.http_token_words and not settings.http_issuer:
        _check_stored(settings, shared, host)
    issuer = (
        Issuer(settings.http_issuer, settings.http_audience, open_keys(settings), connection)
        if settings.http_issuer
        else None
    )
    stored = TokenLookup(settings, shared.database)
    admission = Admission(settings, stored, issuer, connection, only=only, closed=beyond)
    hosts = allowed(settings, host)
    if beyond and not settings.allowed_hosts:
        log.warning("only these hosts are answered; ZOHO_MCP_ALLOWED_HOSTS decides", hosts=names(hosts))
    if not issuer:
        return Gate(admission, hosts, pages=settings.allowed_origins)
    named = AuthSettings.model_validate(
        {
            "issuer_url": settings.http_issuer,
            "resource_server_url": settings.http_resource,
            "validate_token_resource": False,  # the audience is checked with the signature
        }
    )
    resource = named.resource_server_url
    assert resource
    url = str(build_resource_metadata_url(resource))
    routes = _metadata(resource, named.issuer_url)
    return Gate(admission, hosts, metadata_url=url, metadata_routes=routes, pages=settings.allowed_origins)


def for_tenants(gate: Gate, check: Check | None) -> Check | None:
    """Return ``check`` such that a server goes on whose callers may have sign-ins of their own."""

    async def checked() -> None:
        assert check
        try:
            await check()
        except ZohoConfigError as error:
            if not await gate.admission.names_connections():
                raise
            log.warning("nobody is signed in for callers that name no connection", reason=error.message)

    return checked if check else None


def _check_stored(settings: Settings, shared: Shared, host: str) -> None:
    """Look for stored tokens. A database that does not answer is no reason to end: nobody comes in until it does."""
    if anyio.run(TokenLookup(settings, shared.database).any) is False:
        shared.close()
        raise ZohoConfigError(
            f"--host is {host!r}, and without authentication the server listens on the loopback only.",
            hint="Make a token with `zohocrm-mcp token create NAME`, set ZOHO_MCP_HTTP_TOKENS or "
            "ZOHO_MCP_HTTP_ISSUER, or use --host 127.0.0.1.",
            variable="--host",
        )


def _metadata(resource: AnyHttpUrl, issuer: AnyHttpUrl) -> list[Route]:
    """Return where the issuer is named: at the path that RFC 9728, section 3.1, derives, and at that of `/mcp`."""
    made = create_protected_resource_routes(resource, [issuer], list(SCOPES), "Zoho CRM")
    more = [Route(METADATA, route.endpoint, methods=["GET", "OPTIONS"]) for route in made if route.path != METADATA]
    return [*made, *more]
