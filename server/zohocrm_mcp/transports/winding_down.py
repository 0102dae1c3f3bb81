"""How a server for many ends: no new connections, the calls under way to their end, then the streams."""

from __future__ import annotations

import anyio
import uvicorn

from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.tenants import Tenants
from zohocrm_mcp.transports.bounds import Lasting

log = get_logger(__name__)

SETTLE_SECONDS = 2.0
"""How long calls that were cut short may take to say so, and once more where a write is on its way."""
FLUSH_SECONDS = 0.2
"""How long the last answers have to get onto their streams."""


class Ending:
    """The end of a server that is told to end at most twice."""

    def __init__(self, web: uvicorn.Server, tenants: Tenants, lasting: Lasting, seconds: float) -> None:
        self._web, self._tenants, self._lasting, self._seconds = web, tenants, lasting, seconds
        self._begun, self._patience = anyio.Event(), anyio.CancelScope()

    def begin(self) -> None:
        """Stop accepting; what is under way has ``seconds`` to end."""
        log.info("ending", calls=self._tenants.bounds.count())
        self._tenants.ending = self._web.should_exit = True
        self._begun.set()

    def hurry(self) -> None:
        """Wait no longer for calls."""
        self._patience.cancel()

    async def run(self) -> None:
        """Wait for the beginning of the end, and see it through. Streams end last: SSE answers calls by one."""
        await self._begun.wait()
        bounds = self._tenants.bounds
        self._patience.deadline = anyio.current_time() + self._seconds
        with self._patience:
            await bounds.ended()
        for cut in (bounds.end, bounds.give_up):
            cut()
            with anyio.move_on_after(SETTLE_SECONDS):
                await bounds.ended()
        await anyio.sleep(FLUSH_SECONDS)
        self._lasting.end()
