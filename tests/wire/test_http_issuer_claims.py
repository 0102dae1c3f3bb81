"""Which access tokens of an identity provider are believed, over real HTTP, and what they say of the caller."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support.issuer import AUDIENCE, IdentityProvider, rsa_key
from support.issuing import refusal
from zohocrm_mcp.access.issuer import LEEWAY_SECONDS, Issuer
from zohocrm_mcp.access.verdict import Admitted, Denied

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("key", ["rsa", "ec", "ed"])
async def test_a_token_of_the_issuer_says_who_calls(provider: IdentityProvider, issuer: Issuer, key: str) -> None:
    token = provider.token(key, scope="openid crm:read crm:write", zohocrm_connection="acme")
    verdict = await issuer.verify(token)
    assert isinstance(verdict, Admitted)
    assert (verdict.caller.name, verdict.caller.connection, verdict.caller.role) == ("ann", "acme", "write")


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"scope": "crm:admin crm:read"}, "admin"),
        ({"scope": None, "scp": ["crm:write"]}, "write"),
        ({"scope": None, "scp": "crm:read profile"}, "read"),
    ],
)
async def test_the_highest_scope_is_the_role(
    provider: IdentityProvider, issuer: Issuer, claims: dict[str, Any], role: str
) -> None:
    verdict = await issuer.verify(provider.token(**claims))
    assert isinstance(verdict, Admitted)
    assert verdict.caller.role == role
    assert verdict.caller.connection == "default"


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"scope": None, "roles": ["crm:write"]}, "write"),
        ({"scope": None, "roles": ["Task.Read", "crm:read", "crm:admin"]}, "admin"),
        ({"scope": None, "scp": "access_as_user", "roles": ["crm:write"]}, "write"),
        ({"scope": "openid crm:read", "roles": ["crm:admin"]}, "read"),
        ({"scope": "crm:admin", "roles": ["crm:read"]}, "read"),
        ({"scope": "crm:write", "roles": ["Task.Read"]}, "write"),
    ],
)
async def test_a_role_of_the_user_counts_as_far_as_the_scope_of_the_client_lets_it(
    provider: IdentityProvider, issuer: Issuer, claims: dict[str, Any], role: str
) -> None:
    verdict = await issuer.verify(provider.token(**claims))
    assert isinstance(verdict, Admitted)
    assert verdict.caller.role == role


@pytest.mark.parametrize("roles", [None, [], "crm:admin", ["CRM:ADMIN"], ["admin crm:admin"], {"crm:admin": 1}, [7]])
async def test_what_is_no_list_of_our_roles_gives_none(provider: IdentityProvider, issuer: Issuer, roles: Any) -> None:
    verdict = await issuer.verify(provider.token(scope=None, roles=roles))
    assert isinstance(verdict, Denied)
    assert (verdict.status, verdict.error) == (403, "insufficient_scope")


@pytest.mark.parametrize("scope", [None, "", "crm:readx CRM:ADMIN", "read write admin", ["crm"], {"crm:admin": 1}])
async def test_a_token_without_a_scope_of_ours_is_good_for_nothing(
    provider: IdentityProvider, issuer: Issuer, scope: Any
) -> None:
    verdict = await issuer.verify(provider.token(scope=scope))
    assert isinstance(verdict, Denied)
    assert (verdict.status, verdict.error, verdict.scope) == (403, "insufficient_scope", "crm:read")


HOUR = 3600
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "of another issuer": {"iss": "https://login.example.net"},
    "of no issuer": {"iss": None},
    "for another audience": {"aud": "https://other.example.com/mcp"},
    "for an audience that begins alike": {"aud": f"{AUDIENCE}/more"},
    "for no audience": {"aud": None},
    "that has expired": {"exp": int(time.time()) - HOUR},
    "that never expires": {"exp": None},
    "that expires at no time": {"exp": "tomorrow"},
    "that expires at the end of numbers": {"exp": float("inf")},
    "that is not good yet": {"nbf": int(time.time()) + HOUR},
    "issued in the future": {"iat": int(time.time()) + HOUR},
    "of nobody": {"sub": None},
    "of somebody with a line break": {"sub": "ann\r\nX-Role: admin"},
    "of somebody who is no text": {"sub": 7},
    "for a connection with a path in it": {"zohocrm_connection": "../acme"},
    "for the simulator's connection": {"zohocrm_connection": "demo"},
    "for a connection that is no name": {"zohocrm_connection": ["acme"]},
    "for a connection of full-width letters": {"zohocrm_connection": "\uff41cme"},
}


@pytest.mark.parametrize("claims", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
async def test_a_token_is_refused(provider: IdentityProvider, issuer: Issuer, claims: dict[str, Any]) -> None:
    assert refusal(await issuer.verify(provider.token(**claims))) == "invalid_token"


async def test_claims_in_our_own_words_change_nothing(provider: IdentityProvider, issuer: Issuer) -> None:
    verdict = await issuer.verify(provider.token(zohocrm_mcp_role="admin", zohocrm_mcp_connection="acme", role="admin"))
    assert isinstance(verdict, Admitted)
    assert (verdict.caller.role, verdict.caller.connection) == ("read", "default")


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes = b"") -> str:
    """A token as an attacker makes it: whatever header, and HMAC with whatever secret, or no signature."""
    signed = f"{word(json.dumps(header).encode())}.{word(json.dumps(claims).encode())}"
    mac = hmac.digest(secret, signed.encode(), hashlib.sha256) if secret else b""
    return f"{signed}.{word(mac)}"


def word(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
async def test_a_token_that_nobody_signed_is_refused(
    provider: IdentityProvider, issuer: Issuer, algorithm: str
) -> None:
    token = by_hand({"alg": algorithm, "kid": "rsa", "typ": "at+jwt"}, provider.claims(scope="crm:admin"))
    assert refusal(await issuer.verify(token)) == "invalid_token"


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
async def test_a_public_key_is_no_secret_to_sign_with(
    provider: IdentityProvider, issuer: Issuer, form: PublicFormat
) -> None:
    pem = provider.keys["rsa"].public_key().public_bytes(Encoding.PEM, form)
    token = by_hand({"alg": "HS256", "kid": "rsa", "typ": "at+jwt"}, provider.claims(scope="crm:admin"), pem)
    assert refusal(await issuer.verify(token)) == "invalid_token"


async def test_a_secret_among_the_keys_is_not_used(provider: IdentityProvider, issuer: Issuer) -> None:
    provider.more_keys.append({"kty": "oct", "kid": "shared", "k": word(b"s" * 32), "alg": "HS256"})
    token = by_hand({"alg": "HS256", "kid": "shared", "typ": "at+jwt"}, provider.claims(), b"s" * 32)
    assert refusal(await issuer.verify(token)) == "invalid_token"


async def test_a_key_is_used_for_the_algorithm_of_its_kind_only(provider: IdentityProvider, issuer: Issuer) -> None:
    for header in ({"alg": "ES256", "kid": "rsa"}, {"alg": "RS256", "kid": "ec"}, {"alg": "EdDSA", "kid": "ec"}):
        assert refusal(await issuer.verify(by_hand(header, provider.claims()))) == "invalid_token"


async def test_a_key_that_names_its_algorithm_is_held_to_it(provider: IdentityProvider, issuer: Issuer) -> None:
    provider.keys["pinned"] = provider.keys["rsa"]
    provider.answers["/keys"] = (200, pinned(provider))
    assert isinstance(await issuer.verify(provider.token("pinned", "PS256")), Admitted)
    assert refusal(await issuer.verify(provider.token("pinned", "RS256"))) == "invalid_token"


def pinned(provider: IdentityProvider) -> bytes:
    (found,) = [key for key in json.loads(provider.answer("/keys")[1])["keys"] if key["kid"] == "pinned"]
    return json.dumps({"keys": [{**found, "alg": "PS256"}]}).encode()


async def test_a_short_key_is_not_used(provider: IdentityProvider, issuer: Issuer) -> None:
    provider.keys["short"] = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 -- too short is what is tested
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = provider.token("short")
    assert refusal(await issuer.verify(token)) == "invalid_token"


async def test_a_token_signed_by_somebody_else_under_a_known_id_is_refused(
    provider: IdentityProvider, issuer: Issuer
) -> None:
    stranger = rsa_key("stranger")
    token = jwt.encode(provider.claims(), stranger, "RS256", headers={"kid": "rsa"})
    assert refusal(await issuer.verify(token)) == "invalid_token"


@pytest.mark.parametrize(
    "headers", [{"jwk": {"kty": "RSA"}}, {"jku": "http://127.0.0.1:1/keys"}, {"x5u": "http://127.0.0.1:1"}]
)
async def test_keys_that_a_token_brings_along_are_not_looked_at(
    provider: IdentityProvider, issuer: Issuer, headers: dict[str, Any]
) -> None:
    stranger = rsa_key("stranger")
    token = jwt.encode(provider.claims(), stranger, "RS256", headers={"kid": "rsa", **headers})
    assert refusal(await issuer.verify(token)) == "invalid_token"


@pytest.mark.parametrize("kind", ["id+jwt", "logout+jwt", "dpop+jwt", 7])
async def test_a_token_that_is_no_access_token_is_refused(
    provider: IdentityProvider, issuer: Issuer, kind: Any
) -> None:
    header = {"alg": "RS256", "kid": "rsa", "typ": kind}
    assert refusal(await issuer.verify(by_hand(header, provider.claims()))) == "invalid_token"


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "a" * 8_000, "\udcff.\udcff.\udcff", f"{word(b'[' * 5_000)}.e30.e30",
     f"{word(b'7')}.e30.e30", f"{word(b'null')}.e30.", word(b'{"alg":"RS256","kid":["rsa"]}') + ".e30.e30"],
)  # fmt: skip
async def test_what_is_no_token_is_refused(issuer: Issuer, token: str) -> None:
    assert refusal(await issuer.verify(token)) == "invalid_token"


async def test_clocks_may_differ_by_half_a_minute(provider: IdentityProvider, issuer: Issuer) -> None:
    now = int(time.time())
    verdict = await issuer.verify(provider.token(exp=now - LEEWAY_SECONDS + 10))
    assert isinstance(verdict, Admitted)
    assert verdict.expires_at == now + 10
    assert isinstance(await issuer.verify(provider.token(nbf=now + LEEWAY_SECONDS - 10)), Admitted)
    assert refusal(await issuer.verify(provider.token(exp=now - LEEWAY_SECONDS - 1))) == "invalid_token"
