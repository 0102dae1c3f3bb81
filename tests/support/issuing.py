"""What takes the tokens of the identity provider of the tests, and a clock that a test moves."""

from __future__ import annotations

import httpx2

from support.issuer import AUDIENCE, IdentityProvider
from zohocrm_mcp.access.issuer import Issuer
from zohocrm_mcp.access.keys import IssuerKeys
from zohocrm_mcp.access.verdict import Admitted, Denied


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def issuer_of(provider: IdentityProvider, clock: Clock) -> Issuer:
    client = httpx2.AsyncClient(trust_env=False)
    return Issuer(provider.issuer, AUDIENCE, IssuerKeys(provider.issuer, client, clock=clock), "default", clock=clock)


def refusal(verdict: Admitted | Denied) -> str:
    assert isinstance(verdict, Denied)
    return verdict.error
