"""The keys of an identity provider, over real HTTP: found, kept, fetched anew, and never fetched at a caller's will."""

from __future__ import annotations

import json

import anyio
import pytest

from support.issuer import IdentityProvider, rsa_key
from support.issuing import Clock, issuer_of, refusal
from zohocrm_mcp.access import keys
from zohocrm_mcp.access.issuer import Issuer
from zohocrm_mcp.access.verdict import Admitted

pytestmark = pytest.mark.anyio


async def test_the_keys_are_fetched_when_they_are_wanted_and_then_kept(
    provider: IdentityProvider, issuer: Issuer
) -> None:
    assert not provider.asked
    for key in ("rsa", "ec", "ed", "rsa"):
        assert isinstance(await issuer.verify(provider.token(key)), Admitted)
    assert provider.asked["/keys"] == 1


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
