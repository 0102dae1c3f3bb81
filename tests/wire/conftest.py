"""An identity provider on the loopback, and what takes its tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from support.issuer import IdentityProvider
from support.issuing import Clock, issuer_of
from zohocrm_mcp.access.issuer import Issuer


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
