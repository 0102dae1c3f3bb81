"""The keys of an identity provider, over real HTTP: found, kept, fetched anew, and never fetched at a caller's will."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support.issuer import AUDIENCE, IdentityProvider, rsa_key
from zohocrm_mcp.access import keys
from zohocrm_mcp.access.issuer import LEEWAY_SECONDS, Issuer
from zohocrm_mcp.access.keys import IssuerKeys
from zohocrm_mcp.access.verdict import Admitted, Denied

pytestmark = pytest.mark.anyio


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider().running() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def issuer(provider: IdentityProvider, clock: Clock) -> AsyncIterator[Issuer]:
    made = issuer_of(provider, clock)
    yield made
    await made.close()


def issuer_of(provider: IdentityProvider, clock: Clock) -> Issuer:
    client = httpx2.AsyncClient(trust_env=False)
    return Issuer(provider.issuer, AUDIENCE, IssuerKeys(provider.issuer, client, clock=clock), "default", clock=clock)


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


async def test_the_keys_are_fetched_when_they_are_wanted_and_then_kept(
    provider: IdentityProvider, issuer: Issuer
) -> None:
    assert not provider.asked
    for key in ("rsa", "ec", "ed", "rsa"):
        assert isinstance(await issuer.verify(provider.token(key)), Admitted)
    assert provider.asked["/keys"] == 1


async def test_clocks_may_differ_by_half_a_minute(provider: IdentityProvider, issuer: Issuer) -> None:
    now = int(time.time())
    verdict = await issuer.verify(provider.token(exp=now - LEEWAY_SECONDS + 10))
    assert isinstance(verdict, Admitted)
    assert verdict.expires_at == now + 10
    assert isinstance(await issuer.verify(provider.token(nbf=now + LEEWAY_SECONDS - 10)), Admitted)
    assert refusal(await issuer.verify(provider.token(exp=now - LEEWAY_SECONDS - 1))) == "invalid_token"


async def test_a_new_key_is_fetched_but_not_at_a_callers_will(
    provider: IdentityProvider, issuer: Issuer, clock: Clock
) -> None:
    assert isinstance(await issuer.verify(provider.token()), Admitted)
    provider.keys["new"] = rsa_key("new")
    for _ in range(5):
        assert refusal(await issuer.verify(provider.token("new"))) == "invalid_token"
    assert provider.asked["/keys"] == 1
    clock.now += keys.PAUSE_SECONDS
    assert isinstance(await issuer.verify(provider.token("new")), Admitted)
    assert provider.asked["/keys"] == 2


async def test_a_key_that_the_issuer_has_taken_back_is_soon_believed_no_more(
    provider: IdentityProvider, issuer: Issuer, clock: Clock
) -> None:
    token = provider.token("ec")
    assert isinstance(await issuer.verify(token), Admitted)
    del provider.keys["ec"]
    clock.now += keys.FRESH_SECONDS + 1
    assert refusal(await issuer.verify(token)) == "invalid_token"


async def test_known_keys_are_believed_for_a_day_while_the_issuer_is_away(
    provider: IdentityProvider, issuer: Issuer, clock: Clock
) -> None:
    assert isinstance(await issuer.verify(provider.token()), Admitted)
    provider.answers["/keys"] = (500, b"")
    clock.now += keys.FRESH_SECONDS + 1
    assert isinstance(await issuer.verify(provider.token()), Admitted)
    clock.now += keys.STALE_SECONDS
    assert refusal(await issuer.verify(provider.token())) == "temporarily_unavailable"


async def test_callers_at_once_make_one_fetch(provider: IdentityProvider, issuer: Issuer) -> None:
    token = provider.token()
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(issuer.verify, token)
    assert provider.asked["/keys"] == 1


NOT_ANSWERED: dict[str, tuple[str, tuple[int, bytes]]] = {
    "metadata of somebody else": ("metadata", (200, b'{"issuer":"https://login.example.net","jwks_uri":"/keys"}')),
    "metadata that is a redirect": ("metadata", (302, b"/elsewhere")),
    "metadata without end": ("metadata", (200, b" " * (keys.MOST_BYTES + 1))),
    "no JSON": ("/keys", (200, b"<html>")),
    "no object": ("/keys", (200, b"[]")),
    "a redirect to the keys": ("/keys", (302, b"/elsewhere")),
    "an error": ("/keys", (503, b"{}")),
}


@pytest.mark.parametrize(("path", "answer"), NOT_ANSWERED.values(), ids=NOT_ANSWERED.keys())
async def test_an_issuer_that_does_not_answer_as_it_should_lets_nobody_in(
    provider: IdentityProvider, issuer: Issuer, path: str, answer: tuple[int, bytes]
) -> None:
    provider.answers[provider.metadata if path == "metadata" else path] = answer
    assert refusal(await issuer.verify(provider.token())) == "temporarily_unavailable"


async def test_keys_over_plain_http_elsewhere_are_not_fetched(provider: IdentityProvider, issuer: Issuer) -> None:
    said = {"issuer": provider.issuer, "jwks_uri": "http://keys.example.com/keys"}
    provider.answers[provider.metadata] = (200, json.dumps(said).encode())
    assert refusal(await issuer.verify(provider.token())) == "temporarily_unavailable"


@pytest.mark.parametrize(
    ("path", "metadata"),
    [
        ("", "/.well-known/openid-configuration"),
        ("/realms/crm", "/.well-known/oauth-authorization-server/realms/crm"),
        ("/realms/crm", "/realms/crm/.well-known/openid-configuration"),
        ("/realms/crm", "/.well-known/openid-configuration/realms/crm"),
    ],
)
async def test_the_metadata_is_found_where_either_standard_wants_it(clock: Clock, path: str, metadata: str) -> None:
    with IdentityProvider(path, metadata).running() as provider:
        issuer = issuer_of(provider, clock)
        assert isinstance(await issuer.verify(provider.token()), Admitted)
        await issuer.close()


def refusal(verdict: Admitted | Denied) -> str:
    assert isinstance(verdict, Denied)
    return verdict.error
