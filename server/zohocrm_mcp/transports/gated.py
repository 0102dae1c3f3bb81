"""An ASGI application behind the gate. Whatever path nobody has opened is closed."""

from __future__ import annotations

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.authentication import AuthCredentials
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from zohocrm_mcp.access.verdict import BAD_TOKEN, Admitted
from zohocrm_mcp.toolkit.calling import CONNECTION, ROLE
from zohocrm_mcp.transports.answers import Answer
from zohocrm_mcp.transports.bounds import is_stream
from zohocrm_mcp.transports.gate import Gate, bearer_of

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""What anybody may ask, by whatever name: probes know neither tokens nor host names."""
WELL_KNOWN = "/.well-known/"


class Gated:
    """``app`` behind ``gate``."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate = app, gate
        self._known = AuthContextMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or scope["path"].startswith(WELL_KNOWN):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        verdict = await self._gate.judge(request)
        if isinstance(verdict, Response):
            await verdict(scope, receive, send)
            return
        if verdict:
            scope = {**scope, "user": _user(verdict), "auth": AuthCredentials([verdict.caller.role])}
        if is_stream(scope, request.headers):
            await self._stream(bearer_of(request), scope, receive, send)
        else:
            await self._known(scope, receive, send)

    async def _stream(self, bearer: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a stream go on for as long as its token is good."""
        answer = Answer(send)
        with self._gate.held(bearer) as under_way:
            await self._known(scope, receive, answer.send)
        if under_way.cancelled_caught:
            await answer.end(BAD_TOKEN)


def _user(admitted: Admitted) -> AuthenticatedUser:
    """Return a caller in the SDK's terms. No claim of a token is taken over as it is."""
    by = admitted.caller
    claims = {CONNECTION: by.connection, ROLE: by.role, "iss": admitted.issuer}
    return AuthenticatedUser(
        AccessToken(token="", client_id=by.name, scopes=[by.role], subject=admitted.subject, claims=claims)
    )
