"""Authorisation codes: one use, a short life, bound to what was asked for."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from zohocrm_mcp.simulator.clock import Clock
from zohocrm_mcp.simulator.oauth.tokens import AccessToken, Client, OAuthError, RefreshToken, Tokens
from zohocrm_mcp.simulator.sources import guessed, known

WEB_SECONDS = 120
SELF_CLIENT_MINUTES = 3


@dataclass(slots=True)
class Code:
    """What a code stands for; ``redirect_uri`` is None for a self client."""

    value: str
    client_id: str
    user_id: int
    scopes: tuple[str, ...]
    expires: float
    redirect_uri: str | None = None
    offline: bool = False
    consented: bool = False
    challenge: str | None = None
    method: str = "plain"
    used: bool = False


@known("Zoho accounts docs: a code works once, for 2 minutes; a self client's for 3 to 10")
@known("Zoho CRM v8 docs, token validity: 10 codes per client in 10 minutes")
class Codes:
    """Codes by value."""

    def __init__(self, clock: Clock, tokens: Tokens) -> None:
        self._clock, self._tokens = clock, tokens
        self._codes: dict[str, Code] = {}

    def make(self, client: Client, user_id: int, scopes: tuple[str, ...], seconds: float, **more: object) -> Code:
        """A new code; raises ``Throttled`` beyond the quota."""
        self._tokens.window.admit(f"codes/{client.id}")
        value = self._tokens.new_value("code")
        code = Code(value, client.id, user_id, scopes, self._clock.now() + seconds, **more)  # type: ignore[arg-type]
        self._codes[value] = code
        return code

    @guessed("a wrong code_verifier is invalid_code, another redirect_uri invalid_redirect_uri")
    def redeem(self, client: Client, form: dict[str, str]) -> tuple[AccessToken, RefreshToken | None]:
        """Exchange a code for tokens; a second use is refused."""
        code = self._codes.get(form.get("code", ""))
        if not code or code.used or code.client_id != client.id or code.expires <= self._clock.now():
            raise OAuthError("invalid_code")
        if code.redirect_uri is not None and form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("invalid_redirect_uri")
        if code.challenge and not verifies(form.get("code_verifier", ""), code.challenge, code.method):
            raise OAuthError("invalid_code")
        code.used = True
        return self._tokens_for(code)

    @known("Zoho accounts docs: a refresh token comes with access_type=offline, again only with prompt=consent")
    def _tokens_for(self, code: Code) -> tuple[AccessToken, RefreshToken | None]:
        tokens = self._tokens
        held = [
            each
            for each in tokens.refresh.values()
            if (each.client_id, each.user_id) == (code.client_id, code.user_id) and set(code.scopes) <= set(each.scopes)
        ]
        if not code.offline:
            return tokens.issue_alone(code.client_id, code.user_id, code.scopes), None
        if held and not code.consented:
            return tokens.issue(held[-1]), None
        tokens.window.admit(f"refresh/{code.client_id}/{code.user_id}")
        granted = tokens.grant(code.client_id, code.user_id, code.scopes)
        return tokens.issue(granted), granted


@known("RFC 7636, as Zoho's discovery document names it: S256 and plain")
def verifies(verifier: str, challenge: str, method: str) -> bool:
    """Whether a PKCE verifier belongs to the challenge."""
    if method.upper() == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
    return verifier == challenge
