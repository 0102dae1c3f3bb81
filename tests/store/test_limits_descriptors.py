"""The limits are shared by servers of many connections as well, whose descriptors have high numbers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support.limits import budgets, enter, leave
from zohocrm_mcp.db.pool import Database

pytestmark = pytest.mark.anyio


@contextmanager
def many_files(count: int) -> Iterator[None]:
    """Have so many files open, so that the next descriptors have numbers beyond them."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * count:
        pytest.skip("the system allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * count), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(count)]
    try:
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows numbers its sockets otherwise")
async def test_a_server_of_more_than_a_thousand_connections_shares_as_well(database: Database) -> None:
    with many_files(1100):
        async with budgets(database, 2, limit=4) as (one, other):
            leave(*await enter(one, 4))
            leave(*await enter(other, 4))
            assert not one.away
            assert not other.away
