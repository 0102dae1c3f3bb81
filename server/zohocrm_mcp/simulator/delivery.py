"""Sending an answer, whole or broken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from zohocrm_mcp.simulator.faults import Fault
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.transport import reset
from zohocrm_mcp.simulator.wire import JSON_TYPE, Answer, failure

USUAL = (
    (b"server", b"ZGS"),
    (b"cache-control", b"no-store, no-cache, must-revalidate, private"),
    (b"pragma", b"no-cache"),
    (b"x-content-type-options", b"nosniff"),
)
SERVER_ERROR, BAD_GATEWAY = 500, 502
PAGE = """<!DOCTYPE html>
<html><head><title>{status}</title></head><body><h1>Sorry, something went wrong</h1></body></html>
"""


@known("live: response headers", 2026)
class Delivery:
    """The way back of one request; ``before_sending`` hears the status first."""

    def __init__(
        self,
        connection: asyncio.Transport,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._connection, self._receive, self._send = connection, receive, send
        self.before_sending: Callable[[int], None] = lambda _: None

    async def send(self, answer: Answer) -> None:
        body = answer.payload()
        await self._start(answer, len(body))
        await self._send({"type": "http.response.body", "body": body})

    async def _start(self, answer: Answer, length: int) -> None:
        self.before_sending(answer.status)
        headers = [*USUAL]
        if answer.body is not None:
            headers.append((b"content-type", answer.media_type.encode()))
            if answer.media_type == JSON_TYPE:
                headers.append((b"content-disposition", b"attachment; filename=response.json"))
        if answer.status not in (204, 304):
            headers.append((b"content-length", str(length).encode()))
        headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def reset(self) -> None:
        """Reset the connection and wait until it is gone."""
        reset(self._connection)
        await self._gone()

    async def wait(self, seconds: float | None, *events: asyncio.Event) -> None:
        """Wait so long (None: for ever), but no longer than the client does, and until the first of the events."""
        waits = [asyncio.ensure_future(waiting) for waiting in (self._gone(), *(event.wait() for event in events))]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def fail(self, fault: Fault, answer: Answer | None) -> None:
        """Send what the fault says; ``answer`` is what would have been sent."""
        if fault.kind in ("reset_before", "reset_after"):
            await self.reset()
        elif fault.kind == "cut":
            await self._cut(answer or Answer())
        else:
            await self.send(broken(fault, answer))

    async def _cut(self, answer: Answer) -> None:
        body = answer.payload() or b"{}"
        await self._start(answer, len(body))
        await self._send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        self._connection.close()
        await self._gone()


@known("proxies in front of Zoho answer HTML pages on 5xx")
@guessed("body of a scripted 5xx when none is given: INTERNAL_ERROR in Zoho's form")
def broken(fault: Fault, answer: Answer | None) -> Answer:
    """The answer that a fault puts in the place of the right one."""
    if fault.kind == "html":
        page = PAGE.format(status=fault.status or BAD_GATEWAY).encode()
        return Answer(page, fault.status or BAD_GATEWAY, fault.headers, "text/html;charset=UTF-8")
    if fault.kind == "empty":
        return Answer(b"", fault.status or (answer.status if answer else 200), fault.headers)
    if fault.kind == "truncated" and answer:
        whole = answer.payload()
        return Answer(whole[: len(whole) // 2], answer.status, fault.headers)
    return Answer(_body(fault), fault.status or SERVER_ERROR, fault.headers)


def _body(fault: Fault) -> object:
    if fault.body is None:
        return _STANDARD.get(fault.status or SERVER_ERROR) or failure("INTERNAL_ERROR", "Internal Server Error")
    return fault.body if not isinstance(fault.body, str) else fault.body.encode()


_STANDARD = {
    401: failure("INVALID_TOKEN", "invalid oauth token"),
    429: failure("TOO_MANY_REQUESTS", "too many requests. please try again after some time"),
    503: failure("SERVICE_UNAVAILABLE", "Service Unavailable"),
}
