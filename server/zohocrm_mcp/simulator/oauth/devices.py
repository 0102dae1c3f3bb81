"""The device flow: a code to type in, and a device that waits."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.simulator.clock import Clock
from zohocrm_mcp.simulator.oauth.tokens import AccessToken, OAuthError, RefreshToken, Tokens
from zohocrm_mcp.simulator.sources import guessed, known

LIFE_SECONDS = 300
INTERVAL_SECONDS = 30


@dataclass(slots=True)
class Request:
    """A device that waits; ``decision`` is None until a person decides."""

    user_code: str
    device_code: str
    client_id: str
    scopes: tuple[str, ...]
    expires: float
    decision: bool | None = None
    user_id: int = 0
    polled: float = 0
    used: bool = False


@known("Zoho accounts docs, device flow: authorization_pending, slow_down, access_denied, expired")
@guessed("a device code that was used is invalid_code")
class Devices:
    """Waiting devices by device code."""

    def __init__(self, clock: Clock, tokens: Tokens) -> None:
        self._clock, self._tokens = clock, tokens
        self.requests: dict[str, Request] = {}

    def start(self, client_id: str, scopes: tuple[str, ...]) -> Request:
        device_code = self._tokens.new_value("device")
        user_code = f"{device_code[5:9]}-{device_code[9:13]}".upper()
        request = Request(user_code, device_code, client_id, scopes, self._clock.now() + LIFE_SECONDS)
        self.requests[device_code] = request
        return request

    def decide(self, user_code: str, user_id: int, *, accept: bool) -> bool:
        """A person's decision; false when no device waits under that code."""
        found = [each for each in self.requests.values() if each.user_code == user_code and each.decision is None]
        for request in found:
            request.decision, request.user_id = accept, user_id
        return bool(found)

    def poll(self, client_id: str, device_code: str) -> tuple[AccessToken, RefreshToken]:
        """The tokens once a person has accepted; raises ``OAuthError`` until then."""
        request, now = self.requests.get(device_code), self._clock.now()
        if not request or request.client_id != client_id or request.used:
            raise OAuthError("invalid_code")
        if request.expires <= now:
            raise OAuthError("expired")
        early, request.polled = now - request.polled < INTERVAL_SECONDS, now
        if request.decision is None:
            raise OAuthError("slow_down" if early else "authorization_pending")
        if not request.decision:
            raise OAuthError("access_denied")
        request.used = True
        granted = self._tokens.grant(client_id, request.user_id, request.scopes)
        return self._tokens.issue(granted), granted
