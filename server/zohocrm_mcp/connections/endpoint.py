"""Zoho's token endpoint: one POST, and every way it has of saying no.

It answers HTTP 200 with ``{"error": …}`` for a wrong code, client or secret, and HTTP 400 "Access Denied" when more
than ten tokens were asked of one refresh token in ten minutes (observed live; Zoho CRM v8 docs, token validity).
"""

from __future__ import annotations

import json
import ssl
import time
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx2

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.refusals import (
    OUTAGE,
    OUTAGE_SECONDS,
    REFUSED_SECONDS,
    THROTTLE_SECONDS,
    THROTTLED,
    Refusal,
    TokenRefusedError,
)
from zohocrm_mcp.errors import ZohoConfigError

MAX_CONNECT_SECONDS, MAX_READ_SECONDS = 10.0, 10.0
MAX_BYTES = 65_536
HOUR = 3600.0
DAY = 86_400.0

_THROTTLE_WORDS = frozenset({"Access Denied", "access_denied"})


@dataclass(frozen=True)
class Grant:
    """What a token call brought.

    ``refresh_token`` comes only for a code with offline access; ``api_domain`` says where the token is good, and is
    compared, never followed.
    """

    access_token: str
    seconds: float
    refresh_token: str | None = None
    scopes: str = ""
    api_domain: str = ""

    def __repr__(self) -> str:
        return f"Grant({self.seconds:.0f} s)"


def open_client(settings: Settings) -> httpx2.Client:
    """Return an HTTP client that takes nothing from the environment and always has time-outs."""
    return httpx2.Client(
        trust_env=False,
        verify=trust(settings),
        proxy=settings.proxy or None,
        timeout=httpx2.Timeout(
            min(settings.read_timeout, MAX_READ_SECONDS), connect=min(settings.connect_timeout, MAX_CONNECT_SECONDS)
        ),
    )


def refresh(client: httpx2.Client, url: str, client_id: str, client_secret: str, refresh_token: str) -> Grant:
    """Ask for a new access token.

    Raises:
        TokenRefusedError: with what to share, whatever went wrong.
    """
    form = {"client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token}
    return _granted(*_post(client, url, {**form, "grant_type": "refresh_token"}))


def exchange(client: httpx2.Client, url: str, form: dict[str, str]) -> Grant:
    """Exchange a code; ``form`` holds client_id, client_secret, code and, but for a self client, what was asked with.

    Raises:
        TokenRefusedError: with the word ``code`` where the code itself is refused.
    """
    try:
        return _granted(*_post(client, url, {**form, "grant_type": "authorization_code"}))
    except TokenRefusedError as refused:
        if refused.refusal.word == "invalid_code":
            raise TokenRefusedError(Refusal("code", 0.0)) from None
        raise


def revoke(client: httpx2.Client, token_url: str, token: str) -> None:
    """Revoke a refresh token and with it its access tokens.

    Raises:
        TokenRefusedError: Zoho did not confirm it.
    """
    status, body = _post(client, f"{token_url}/revoke", {"token": token})
    if body.get("status") != "success":
        raise _refused(str(body.get("error") or ""), status)


def trust(settings: Settings) -> ssl.SSLContext:
    """Return what the certificates of Zoho's servers are checked against.

    Raises:
        ZohoConfigError: the file of ZOHO_SDK_CA_BUNDLE is of no use.
    """
    if settings.ca_bundle is None:
        return _usual_trust()
    try:
        return ssl.create_default_context(cafile=settings.ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise ZohoConfigError(
            f"ZOHO_SDK_CA_BUNDLE is {str(settings.ca_bundle)!r}, which holds no certificates ({error}).",
            hint="Point it to a PEM file.",
            variable="ZOHO_SDK_CA_BUNDLE",
        ) from None


@cache
def _usual_trust() -> ssl.SSLContext:
    """Reading them takes longer than a call, so it is done once."""
    return httpx2.create_ssl_context(trust_env=False)


def _post(client: httpx2.Client, url: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Return status and JSON object of the answer, within the time-outs however slowly it drips."""
    try:
        with client.stream("POST", url, data=form) as answer:
            content = _content(answer)
    except httpx2.HTTPError as error:
        raise _outage(type(error).__name__) from error
    try:
        body = json.loads(content)
    except ValueError:
        raise _outage(f"HTTP {answer.status_code}, no JSON") from None
    if not isinstance(body, dict):
        raise _outage("no JSON object")
    return answer.status_code, body


def _content(answer: httpx2.Response) -> bytes:
    deadline, content = time.monotonic() + MAX_READ_SECONDS, b""
    for part in answer.iter_bytes():
        content += part
        if time.monotonic() > deadline or len(content) > MAX_BYTES:
            raise _outage("an answer without end")
    return content


def _granted(status: int, body: dict[str, Any]) -> Grant:
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        raise _refused(str(body.get("error") or ""), status)
    scopes = str(body.get("scope") or "").replace(" ", ",")
    given = body.get("refresh_token")
    return Grant(token, _seconds(body), str(given) if given else None, scopes, str(body.get("api_domain") or ""))


def _seconds(body: dict[str, Any]) -> float:
    """Return the life of a token; ``expires_in`` was milliseconds where there is ``expires_in_sec`` (older answers)."""
    given = body.get("expires_in_sec") or body.get("expires_in")
    seconds = float(str(given)) if str(given).replace(".", "", 1).isdigit() else HOUR
    return seconds / 1000 if seconds > DAY else seconds


def _refused(word: str, status: int) -> TokenRefusedError:
    if word in _THROTTLE_WORDS or status == HTTPStatus.TOO_MANY_REQUESTS:
        return TokenRefusedError(Refusal(THROTTLED, THROTTLE_SECONDS))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not word:
        return _outage(f"HTTP {status}")
    return TokenRefusedError(Refusal(word, REFUSED_SECONDS))


def _outage(what: str) -> TokenRefusedError:
    return TokenRefusedError(Refusal(f"{OUTAGE}{what}", OUTAGE_SECONDS))
