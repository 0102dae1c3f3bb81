"""What watches a server asks over HTTP: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import ExitStack, asynccontextmanager

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from zohocrm_mcp.observe import meters
from zohocrm_mcp.observe.metrics import metrics
from zohocrm_mcp.toolkit.calling import caller, is_stranger
from zohocrm_mcp.transports.looking import Looking, Watchable

NOT_READY, NOT_THERE = 503, 501
_FRESH = {"Cache-Control": "no-store"}


class Probes:
    """The endpoints, for as long as the block of ``running`` lasts."""

    def __init__(self, process: Watchable, names_connections: Callable[[], Awaitable[bool]]) -> None:
        self._process = process
        self._looking = Looking(process, names_connections)

    def health_routes(self) -> list[Route]:
        return [Route("/healthz", self._healthz), Route("/readyz", self._readyz)]

    def metrics_routes(self) -> list[Route]:
        return [Route("/metrics", self._metrics)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Count, and look when asked to."""
        counted = await anyio.to_thread.run_sync(metrics)
        with ExitStack() as stack:
            if counted:
                stack.enter_context(counted.counting())
            meters.watch(self)
            stack.callback(meters.unwatch, self)
            async with self._looking.running():
                yield

    def gauges(self) -> Iterable[meters.Reading]:
        return self._looking.last.gauges()

    async def _healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers=_FRESH)

    async def _readyz(self, _request: Request) -> Response:
        if self._process.ending:
            return JSONResponse({"status": "ending"}, NOT_READY, headers=_FRESH)
        look = await self._looking.look()
        return JSONResponse(look.shown(), NOT_READY if look.wrong else 200, headers=_FRESH)

    async def _metrics(self, request: Request) -> Response:
        counted = await anyio.to_thread.run_sync(metrics)
        if counted is None:
            sentence = "Metrics need the library prometheus-client: pip install 'zohocrm-mcp[metrics]'."
            return PlainTextResponse(sentence, NOT_THERE)
        await self._looking.look()
        only = "" if is_stranger() else caller().connection
        page, content_type = await anyio.to_thread.run_sync(counted.page, request.headers.get("accept", ""), only)
        return Response(page, media_type=content_type, headers=_FRESH)
