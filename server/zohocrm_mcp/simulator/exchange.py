"""One call of a client: log, faults, admission, handler, answer."""

from __future__ import annotations

import asyncio
import sys
import traceback
from dataclasses import dataclass, replace

from zohocrm_mcp.simulator.admission import admit
from zohocrm_mcp.simulator.delivery import Delivery
from zohocrm_mcp.simulator.faults import SLOW, Fault
from zohocrm_mcp.simulator.log import Entry
from zohocrm_mcp.simulator.routes import Route
from zohocrm_mcp.simulator.sources import guessed, known
from zohocrm_mcp.simulator.store.times import iso
from zohocrm_mcp.simulator.wire import Answer, Call, Refusal

MOST_LOGGED = 1_000_000
TOKEN_CALL = "POST /oauth/v2/token"  # noqa: S105


@dataclass(slots=True)
class Exchange:
    """A call with its route (None: no such call) and the way back."""

    call: Call
    route: Route | None
    exists: bool
    delivery: Delivery
    connection: int
    stopping: asyncio.Event

    async def run(self) -> None:
        """Answer the call, or break it as a fault says."""
        counters, entry = self.call.state.counters, self._begin()
        self.delivery.before_sending = lambda status: self._end(entry, status)
        counters.in_flight += 1
        counters.peak_concurrency = max(counters.peak_concurrency, counters.in_flight)
        try:
            await self._answer(entry)
        finally:
            counters.in_flight -= 1
            if entry.ended is None:
                self._end(entry, 0)

    async def _answer(self, entry: Entry) -> None:
        fault = self._fault(entry)
        if fault and not fault.after and fault.kind not in SLOW and await self._breaks(fault, None):
            return
        try:
            with admit(self.call.state, self.call, self.route):
                if fault and not fault.after and fault.kind in SLOW and await self._breaks(fault, None):
                    return
                await self._latency()
                answer = answered(self.call, self.route, exists=self.exists)
        except Refusal as refusal:
            answer = refusal.answer()
        if self.route and self.route.signed_in:
            answer = replace(answer, headers={**answer.headers, **_headers(self.call)})
        if fault and fault.after and await self._breaks(fault, answer):
            return
        await self.delivery.send(answer)

    def _fault(self, entry: Entry) -> Fault | None:
        template = self.route.template if self.route else ""
        fault = self.call.state.faults.pick(self.call.method, template, self.call.path)
        entry.fault = fault.kind if fault else None
        return fault

    async def _latency(self) -> None:
        if milliseconds := self.call.state.settings.latency_ms:
            await asyncio.sleep(milliseconds / 1000)

    async def _breaks(self, fault: Fault, answer: Answer | None) -> bool:
        """Carry out a fault; true when nothing more is to be sent."""
        if fault.kind == "token_revoked":
            self.call.state.tokens.revoke(self.call.headers.get("authorization", "").rpartition(" ")[2])
            return False
        if fault.kind == "delay":
            with self.call.state.faults.over(fault) as over:
                await self.delivery.wait(fault.seconds, self.stopping, over)
            return False
        if fault.kind == "hang":
            await self.delivery.wait(fault.seconds or None, self.stopping)
            await self.delivery.reset()
            return True
        await self.delivery.fail(fault, answer)
        return True

    def _begin(self) -> Entry:
        call, state = self.call, self.call.state
        name = self.route.name if self.route else f"{call.method} {call.path}"
        body = call.body[:MOST_LOGGED] if state.settings.log_bodies else b""
        entry = Entry(call.method, call.path, call.query, call.headers, body, name, state.clock.now(), self.connection)
        state.log.add(entry)
        state.counters.routes[name] += 1
        state.counters.token_calls += name == TOKEN_CALL
        if not self.route:
            state.counters.unknown[name] += 1
            sys.stderr.write(f"simulator: no such call: {name}\n")
        return entry

    def _end(self, entry: Entry, status: int) -> None:
        entry.status, entry.ended = status, self.call.state.clock.now()
        self.call.state.counters.statuses[status] += 1


def answered(call: Call, route: Route | None, *, exists: bool) -> Answer:
    """What the handler says, or its refusal; a fault of our own is a 500 and a traceback on stderr."""
    try:
        return _handle(call, route, exists=exists)
    except Refusal as refusal:
        return refusal.answer()
    except Exception:  # noqa: BLE001 -- the caller must get an answer
        traceback.print_exc(file=sys.stderr)
        return Refusal("INTERNAL_ERROR", "Internal Server Error", status=500).answer()


@known("Zoho CRM v8 docs: INVALID_URL_PATTERN (404) for an unknown path, INVALID_REQUEST_METHOD (400)")
@guessed("an unknown path is refused before the token is looked at")
def _handle(call: Call, route: Route | None, *, exists: bool) -> Answer:
    if route:
        return route.handler(call)
    if exists:
        raise Refusal("INVALID_REQUEST_METHOD", "The http request method type is not a valid one")
    raise Refusal("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", status=404)


@known("live: X-ACCESSTOKEN-RESET says when the presented token expires", 2026)
def _headers(call: Call) -> dict[str, str]:
    headers = call.state.limits.header()
    if call.token:
        headers["X-ACCESSTOKEN-RESET"] = iso(int(call.token.expires), call.zone)
    return headers
