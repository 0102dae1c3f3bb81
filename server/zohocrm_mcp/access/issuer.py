"""Access tokens of a company's identity provider: JWTs (RFC 9068, RFC 7519), checked with the issuer's public keys.

What a token says decides who calls, in which role and over which connection:

    sub                   who; where it is missing, client_id or azp
    scope, scp            the role: the highest of crm:read, crm:write, crm:admin
    roles                 the same words, in a list (RFC 9068, app roles of Microsoft Entra); where a scope is there as
                          well, the lower of the two: neither client nor user may more than was given to each
    zohocrm_connection    the connection; where it is missing, the server's own
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cachetools import TTLCache

from zohocrm_mcp.access.bearer import digest
from zohocrm_mcp.access.caller import ROLES, Caller, Role
from zohocrm_mcp.access.keys import IssuerKeys, Jwk
from zohocrm_mcp.access.verdict import LOW_SCOPE, Admitted, Denied, invalid, unavailable
from zohocrm_mcp.connections.names import checked_name
from zohocrm_mcp.errors import InvalidInputError, UnavailableError
from zohocrm_mcp.observe.logging import get_logger

log = get_logger(__name__)

SCOPES: dict[str, Role] = {f"crm:{role}": role for role in ROLES}
CONNECTION_CLAIM = "zohocrm_connection"

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a private key that the issuer alone has; neither ``none`` nor HMAC is among them."""
FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
TYPES = frozenset({"", "jwt", "at+jwt"})
LEEWAY_SECONDS = 30
FRESH_SECONDS, MOST_KEPT = 2.0, 4_096
"""For how long, and of how many tokens, it is remembered that they are good: each check costs about a millisecond."""
MOST_NAME = 255


class Issuer:
    """``audience`` is what tokens for this server name; ``connection`` that of tokens that name none."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: IssuerKeys,
        connection: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer, self._audience, self._keys, self._connection = issuer, audience, keys, connection
        self._admitted: TTLCache[bytes, Admitted] = TTLCache(MOST_KEPT, FRESH_SECONDS, timer=clock)

    async def close(self) -> None:
        await self._keys.close()

    async def verify(self, token: str) -> Admitted | Denied:
        """Return who brings a token, or why it is of no use here. That it is of use is remembered for a moment."""
        token_hash = digest(token)
        if (known := self._admitted.get(token_hash)) is not None:
            return known
        verdict = await self._verdict(token)
        if isinstance(verdict, Admitted):
            self._admitted[token_hash] = verdict
        return verdict

    async def _verdict(self, token: str) -> Admitted | Denied:
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.key(str(header.get("kid", "")))
            if key is None:
                return invalid("The token is signed with a key that its issuer does not have.")
            return self._caller(self._claims(token, header, key))
        except UnavailableError as error:
            return unavailable(error.message)
        except (jwt.PyJWTError, InvalidInputError, ValueError, OverflowError, RecursionError) as error:
            log.info("issuer.token_refused", reason=repr(error)[:MOST_NAME])
            return invalid(f"The token is of no use here ({type(error).__name__}).")

    def _claims(self, token: str, header: dict[str, Any], key: Jwk) -> dict[str, Any]:
        import jwt

        algorithm = str(header.get("alg"))
        fits = algorithm in ALGORITHMS and FAMILIES[algorithm[:2]] == key["kty"]
        if not fits or key.get("alg", algorithm) != algorithm:
            raise jwt.InvalidAlgorithmError(algorithm)
        if str(header.get("typ", "")).lower().removeprefix("application/") not in TYPES:
            raise jwt.InvalidTokenError("no access token")
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(key, algorithm),
            algorithms=[algorithm],
            audience=self._audience,
            issuer=self._issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
        )
        return claims

    def _caller(self, claims: dict[str, Any]) -> Admitted | Denied:
        role = _role(claims)
        if not role:
            sentence = f"The token has none of the scopes {', '.join(SCOPES)}, and no such role."
            return Denied(LOW_SCOPE, "insufficient_scope", sentence, scope="crm:read")
        name = _printable(claims.get("sub") or claims.get("client_id") or claims.get("azp"))
        connection = checked_name(str(claims.get(CONNECTION_CLAIM, self._connection)))
        by = Caller(name, connection, role)
        return Admitted(
            by, f"{connection} {name}", issuer=self._issuer, expires_at=float(claims["exp"]) + LEEWAY_SECONDS
        )


def _role(claims: dict[str, Any]) -> Role | None:
    """Return the lower of what the scopes and the roles of a token allow; None where neither allows anything."""
    listed = claims.get("roles")
    granted = (
        _words(claims.get("scope")) | _words(claims.get("scp")),
        _words(listed if isinstance(listed, list) else []),
    )
    highest = [_highest(words) for words in granted]
    return min(filter(None, highest), key=ROLES.index, default=None)


def _highest(granted: set[str]) -> Role | None:
    return next((role for scope, role in reversed(SCOPES.items()) if scope in granted), None)


def _words(claim: object) -> set[str]:
    """Return the scopes of a claim: words in a text (RFC 8693) or, with some providers, a list of them."""
    if isinstance(claim, str):
        return set(claim.split())
    return {str(word) for word in claim} if isinstance(claim, list) else set()


def _printable(name: object) -> str:
    if not isinstance(name, str) or not name or not name.isprintable() or len(name) > MOST_NAME:
        raise InvalidInputError("The token does not say who brings it.")
    return name
