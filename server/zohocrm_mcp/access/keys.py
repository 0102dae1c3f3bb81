"""The public keys of an issuer: found by its metadata, fetched when they are first wanted, kept, and fetched anew.

Metadata as in RFC 8414, section 3 (``/.well-known/oauth-authorization-server`` before the path) and in OpenID Connect
Discovery 1.0, section 4 (``/.well-known/openid-configuration`` behind it); keys as in RFC 7517.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2

from zohocrm_mcp.config import LOOPBACK, Settings
from zohocrm_mcp.connections.endpoint import trust
from zohocrm_mcp.errors import UnavailableError
from zohocrm_mcp.observe.logging import get_logger

log = get_logger(__name__)

Jwk = dict[str, Any]

MOST_BYTES = 262_144
MOST_SECONDS = 5.0
"""Of one answer, however slowly it comes."""
FRESH_SECONDS = 600.0
"""After which the keys are fetched again, so that one that was taken back is soon believed no more."""
STALE_SECONDS = 86_400.0
"""For how long keys are believed while the issuer does not answer."""
PAUSE_SECONDS = 10.0
"""Between two fetches at the least, whatever keys the callers ask for."""


class IssuerKeys:
    """``client`` follows no redirects; ``clock`` counts seconds."""

    def __init__(self, issuer: str, client: httpx2.AsyncClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer, self._client, self._clock = issuer, client, clock
        self._keys: dict[str, Jwk] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = anyio.Lock()

    async def key(self, key_id: str) -> Jwk | None:
        """Return a key by its id, asking the issuer when it is not known; None: it has none of that id.

        Raises:
            UnavailableError: the issuer does not answer, or not as it should, and nothing it has said is young enough.
        """
        if self._wants(key_id) and not (key_id in self._keys and self._lock.locked()):
            async with self._lock:
                if self._wants(key_id):
                    await self._fetch()
        if self._age() > STALE_SECONDS:
            raise UnavailableError("The issuer of the token does not answer, so that no token can be checked.")
        return self._keys.get(key_id)

    async def close(self) -> None:
        await self._client.aclose()

    def _age(self) -> float:
        return self._clock() - self._fetched

    def _wants(self, key_id: str) -> bool:
        """Whether to ask the issuer: not again and again, whatever keys the callers name."""
        outdated = key_id not in self._keys or self._age() > FRESH_SECONDS
        return outdated and self._clock() - self._tried >= PAUSE_SECONDS

    async def renew(self) -> int:
        """Fetch the keys now, and return how many there are.

        Raises:
            UnavailableError: the issuer does not answer, or not as it should.
        """
        self._tried = self._clock()
        found = await self._json(await self._keys_url())
        self._keys = {str(key.get("kid", "")): key for key in _usable(found)}
        self._fetched = self._clock()
        return len(self._keys)

    async def _fetch(self) -> None:
        try:
            await self.renew()
        except UnavailableError as error:
            log.warning("issuer.keys_not_fetched", issuer=self._issuer, reason=error.message)

    async def _keys_url(self) -> str:
        for url in metadata_urls(self._issuer):
            try:
                found = await self._json(url)
            except UnavailableError as error:
                log.info("issuer.no_metadata", url=url, reason=error.message)
                continue
            if found.get("issuer") != self._issuer:
                raise UnavailableError(f"{url} is the metadata of {found.get('issuer')!r}, not of the issuer.")
            return _safe(str(found.get("jwks_uri") or ""))
        raise UnavailableError("The issuer has no metadata where RFC 8414 and OpenID Connect Discovery want them.")

    async def _json(self, url: str) -> dict[str, Any]:
        content = b""
        try:
            with anyio.fail_after(MOST_SECONDS):
                async with self._client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
                    if answer.status_code != httpx2.codes.OK:
                        raise UnavailableError(f"{url} answered HTTP {answer.status_code}.")
                    async for part in answer.aiter_bytes():
                        content += part
                        if len(content) > MOST_BYTES:
                            raise UnavailableError(f"{url} answers without end.")
            found = json.loads(content)
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            raise UnavailableError(f"{url} does not answer as it should ({type(error).__name__}).") from error
        if not isinstance(found, dict):
            raise UnavailableError(f"{url} answered no JSON object.")
        return found


def open_keys(settings: Settings) -> IssuerKeys:
    """Return the keys of the issuer that the settings name; none is fetched yet."""
    client = httpx2.AsyncClient(
        trust_env=False, verify=trust(settings), proxy=settings.proxy or None, timeout=MOST_SECONDS
    )
    return IssuerKeys(settings.http_issuer, client)


def metadata_urls(issuer: str) -> list[str]:
    """Return where the metadata of an issuer may be, in order."""
    parts = urlsplit(issuer)
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    return [
        f"{root}/.well-known/oauth-authorization-server{path}",
        f"{root}{path}/.well-known/openid-configuration",
        *([f"{root}/.well-known/openid-configuration{path}"] if path else []),
    ]


def _safe(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return url
    raise UnavailableError(f"The issuer's keys are said to be at {url!r}, which is no https URL.")


def _usable(found: dict[str, Any]) -> Iterator[Jwk]:
    """Return the keys that signatures may be checked with; a secret shared with the issuer is none of them."""
    keys = found.get("keys")
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig":
            yield key
