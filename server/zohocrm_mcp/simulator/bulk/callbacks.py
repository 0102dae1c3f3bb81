"""The call that tells a client that its job has ended."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.wire import Json

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SECONDS = 10


@known("Zoho CRM v8 docs, bulk read: POST of the job's data to the callback")
@guessed("a callback that fails is not repeated; the simulator only calls addresses on this machine")
async def send_callback(url: str, body: Json) -> None:
    """Post the body once; failures are told on stderr."""
    if urlsplit(url).hostname not in LOOPBACK:
        sys.stderr.write(f"simulator: a callback to {url} is not sent: it is not on this machine\n")
        return
    import httpx2  # few runs need it

    try:
        async with httpx2.AsyncClient(timeout=SECONDS, trust_env=False) as client:
            await client.post(url, json=body)
    except httpx2.HTTPError as error:
        sys.stderr.write(f"simulator: the callback to {url} failed: {error}\n")
