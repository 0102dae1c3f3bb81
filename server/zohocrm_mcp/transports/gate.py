"""The gate of the HTTP transports: which host was meant, which page asks, and who calls, before anything else happens.

What it finds out about a caller goes to the tools by way of the SDK's own context, so that sessions, questions and
streams are bound to it as well. Answers to those who stay outside follow RFC 6750 and RFC 9728.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from zohocrm_mcp.access.admission import Admission
from zohocrm_mcp.access.verdict import NOT_NOW, Admitted, Denied
from zohocrm_mcp.config import LOOPBACK
from zohocrm_mcp.errors import NotAllowedError
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.toolkit.calling import is_stranger
from zohocrm_mcp.transports.hosts import names

log = get_logger(__name__)

LOOK_SECONDS = 2.0
"""How often the tokens of streams are looked at again."""
RETRY_SECONDS = 5
_MISDIRECTED = 421


@dataclass(eq=False)
class _UnderWay:
    scope: anyio.CancelScope
    bearer: str


class Gate:
    """``hosts`` says which Host and Origin headers are answered; ``metadata_url`` where the issuer is named.

    ``pages`` are the origins whose pages may read the answers.
    """

    def __init__(
        self,
        admission: Admission,
        hosts: TransportSecuritySettings,
        *,
        metadata_url: str = "",
        metadata_routes: Sequence[Route] = (),
        pages: Sequence[str] = (),
    ) -> None:
        self.hosts, self.admission, self.pages = hosts, admission, pages
        self._checks = TransportSecurityMiddleware(hosts)
        self._metadata_url, self._routes = metadata_url, metadata_routes
        self._under_way: set[_UnderWay] = set()

    def routes(self) -> Sequence[Route]:
        """Return what the gate serves itself."""
        return self._routes

    async def warn_if_open(self) -> None:
        """Say in the log that nobody needs a token, where the server answers to names of more than this machine."""
        beyond = [name for name in names(self.hosts) if urlsplit(f"//{name}").hostname not in LOOPBACK]
        if beyond and not await self.admission.is_required():
            log.warning(
                "no token is asked for: whoever reaches this server, through a proxy too, may do everything; "
                "`zohocrm-mcp token create NAME` changes that",
                hosts=beyond,
            )

    async def guard(self) -> None:
        """Look again at a caller who came in while the database did not tell whether there are tokens.

        Raises:
            NotAllowedError: there are, or it still does not tell.
        """
        if is_stranger() and await self.admission.keeps_out_strangers():
            raise NotAllowedError(
                "This server answers callers with a bearer token only.",
                hint="Send one in the Authorization header; `zohocrm-mcp token create` makes it.",
            )

    async def judge(self, request: Request) -> Admitted | Response | None:
        """Return who calls, None where nobody has to say, or what to answer instead."""
        refused = await self._checks.validate_request(request)
        if refused:
            name = "Host" if refused.status_code == _MISDIRECTED else "Origin"
            return PlainTextResponse(
                f"{name} header not allowed; ZOHO_MCP_ALLOWED_{name.upper()}S decides.", refused.status_code
            )
        verdict = await self.admission.admit(bearer_of(request))
        return self._answer(verdict) if isinstance(verdict, Denied) else verdict

    @contextmanager
    def held(self, bearer: str) -> Iterator[anyio.CancelScope]:
        """Cancel what happens in the block as soon as the token is good no more."""
        with anyio.CancelScope() as scope:
            entry = _UnderWay(scope, bearer)
            self._under_way.add(entry)
            try:
                yield scope
            finally:
                self._under_way.discard(entry)

    async def watch(self) -> None:
        """End streams whose token has ended, until cancelled."""
        try:
            while True:
                await anyio.sleep(LOOK_SECONDS)
                await self.look_again()
        finally:
            with anyio.CancelScope(shield=True):
                await self.admission.close()

    async def look_again(self) -> None:
        """End the streams whose token is good no more."""
        for bearer in {entry.bearer for entry in self._under_way}:
            await self._look_again(bearer)

    async def _look_again(self, bearer: str) -> None:
        try:
            verdict = await self.admission.admit(bearer)
        except Exception:
            log.exception("gate.not_looked_again")  # the next request with this token meets it again
            return
        if isinstance(verdict, Denied) and verdict.status != NOT_NOW:
            for entry in [entry for entry in self._under_way if entry.bearer == bearer]:
                entry.scope.cancel()

    def _answer(self, denied: Denied) -> Response:
        body = {"error": denied.error or "unauthorized", "error_description": denied.sentence}
        if denied.status == NOT_NOW:
            return JSONResponse(body, denied.status, {"Retry-After": str(RETRY_SECONDS)})
        said = {"error": denied.error, "error_description": denied.error and denied.sentence}
        more = {"scope": denied.scope, "resource_metadata": self._metadata_url}
        told = ", ".join(
            f'{name}="{value}"' for name, value in {"realm": "zohocrm-mcp", **said, **more}.items() if value
        )
        return JSONResponse(body, denied.status, {"WWW-Authenticate": f"Bearer {told}"})


def bearer_of(request: Request) -> str:
    """Return the token of a request; an empty one where there is none, or more than one."""
    given = request.headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == "bearer" else ""
