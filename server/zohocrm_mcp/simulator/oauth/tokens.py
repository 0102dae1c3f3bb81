"""Clients and tokens with their lifetimes and quotas."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field

from zohocrm_mcp.simulator.clock import Clock
from zohocrm_mcp.simulator.sources import guessed, known

ACCESS_SECONDS = 3600
WINDOW_SECONDS = 600
TOKENS_PER_WINDOW = 10
LIVE_ACCESS_TOKENS = 15
LIVE_REFRESH_TOKENS = 20


class OAuthError(Exception):
    """An error of the accounts server, by its ``error`` code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Throttled(OAuthError):  # noqa: N818
    """More tokens than the quota allows."""

    def __init__(self) -> None:
        super().__init__("Access Denied")


@dataclass(slots=True)
class Client:
    """An OAuth client; ``kind`` is ``web``, ``self`` (codes without a redirect) or ``public`` (PKCE)."""

    id: str
    secret: str
    kind: str = "web"
    redirect_uris: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RefreshToken:
    value: str
    client_id: str
    user_id: int
    scopes: tuple[str, ...]
    revoked: bool = False
    live: deque[AccessToken] = field(default_factory=deque)
    issued: deque[float] = field(default_factory=deque)


@dataclass(slots=True)
class AccessToken:
    value: str
    client_id: str
    user_id: int
    scopes: tuple[str, ...]
    expires: float
    refresh: str | None = None
    revoked: bool = False


class Window:
    """A rolling count of events per key, refusing what is beyond the quota."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: dict[str, deque[float]] = {}

    def admit(self, key: str, most: int = TOKENS_PER_WINDOW) -> None:
        now = self._clock.now()
        events = self._events.setdefault(key, deque())
        while events and events[0] <= now - WINDOW_SECONDS:
            events.popleft()
        if len(events) >= most:
            raise Throttled
        events.append(now)

    def clear(self) -> None:
        self._events.clear()


@known("Zoho CRM v8 docs, token validity: 1 h, 15 live access tokens, 10 new ones in 10 minutes, 20 refresh tokens")
@guessed("an access token that existed from the start does not count against the ten")
class Tokens:
    """Issues, finds and revokes tokens."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock, self._seed, self._count = clock, seed, 0
        self.window = Window(clock)
        self.refresh: dict[str, RefreshToken] = {}
        self.access: dict[str, AccessToken] = {}

    def new_value(self, kind: str) -> str:
        """A token in Zoho's shape: ``1000.<32 hex>.<32 hex>``; the same ones in the same order for a seed."""
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}/{kind}/{self._count}".encode()).hexdigest()
        return f"1000.{digest[:32]}.{digest[32:]}"

    def grant(self, client_id: str, user_id: int, scopes: tuple[str, ...]) -> RefreshToken:
        """A new refresh token; the oldest of a user and client goes when there are too many."""
        held = [each for each in self.refresh.values() if (each.client_id, each.user_id) == (client_id, user_id)]
        if len(held) >= LIVE_REFRESH_TOKENS:
            self._drop(held[0])
        token = RefreshToken(self.new_value("refresh"), client_id, user_id, scopes)
        self.refresh[token.value] = token
        return token

    def issue(self, grant: RefreshToken, *, counted: bool = True) -> AccessToken:
        """A new access token of a refresh token, within its quotas."""
        if counted:
            self.window.admit(grant.value)
        token = self._access(grant.client_id, grant.user_id, grant.scopes, grant.value)
        live = [each for each in grant.live if not each.revoked and each.expires > self._clock.now()]
        if len(live) >= LIVE_ACCESS_TOKENS:
            live.pop(0).revoked = True
        grant.live = deque([*live, token])
        return token

    def issue_alone(self, client_id: str, user_id: int, scopes: tuple[str, ...]) -> AccessToken:
        """An access token without a refresh token (online access, client credentials)."""
        self.window.admit(f"{client_id}/{user_id}")
        return self._access(client_id, user_id, scopes, None)

    def _access(self, client_id: str, user_id: int, scopes: tuple[str, ...], refresh: str | None) -> AccessToken:
        expires = self._clock.now() + ACCESS_SECONDS
        token = AccessToken(self.new_value("access"), client_id, user_id, scopes, expires, refresh)
        self.access[token.value] = token
        return token

    def usable(self, value: str) -> AccessToken | None:
        """The access token of that value, unless unknown, revoked or expired."""
        token = self.access.get(value)
        if token is None or token.revoked or token.expires <= self._clock.now():
            return None
        return token

    def revoke(self, value: str) -> bool:
        """Revoke a refresh token with its access tokens, or one access token."""
        if grant := self.refresh.get(value):
            self._drop(grant)
            return True
        token = self.access.get(value)
        if token is None or token.revoked:
            return False
        token.revoked = True
        return True

    def revoke_all(self) -> None:
        for grant in list(self.refresh.values()):
            self._drop(grant)
        for token in self.access.values():
            token.revoked = True

    def expire_access(self) -> None:
        for token in self.access.values():
            token.expires = min(token.expires, self._clock.now())

    def _drop(self, grant: RefreshToken) -> None:
        self.refresh.pop(grant.value, None)
        grant.revoked = True
        for token in self.access.values():
            if token.refresh == grant.value:
                token.revoked = True
