"""The audit log of calls: one row for every call of a tool that writes, however it ended.

Calls that only read leave none: a row would cost each of them a write to the database. The row names fields as the
answer does, else as the caller wrote them; the names of denied fields too, because whoever denied them wants to know
who tried. It never holds a value.

A write does not wait for the log to be there: it needs the database for its own turn and, in bulk, for its journal.
When the row cannot be written the answer still says what became of the write, and the row goes to the log of the
process as an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

import anyio.to_thread
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.observe import writes
from zohocrm_mcp.observe.events import Event
from zohocrm_mcp.observe.logging import bound_contextvars, get_logger
from zohocrm_mcp.toolkit.calling import caller
from zohocrm_mcp.toolkit.catalog import Catalog
from zohocrm_mcp.toolkit.roles import role_for
from zohocrm_mcp.toolkit.watching import Call, Watcher

if TYPE_CHECKING:
    from zohocrm_mcp.observe.audit import Audit

log = get_logger(__name__)

MOST_IDS, MOST_FIELDS = 10_000, 200
_ID, _JOB = re.compile(r"[0-9]{1,20}\Z"), re.compile(r"[0-9a-f-]{36}\Z")
_IN_PATH = re.compile(r"(?<=/)[0-9]{10,20}(?=/|\Z)")
_NOT_OPEN = frozenset({"cancelled", "unavailable", "misconfigured", "not_signed_in"})
"""Outcomes of calls that may have found the parts closed: those are not opened for the log's sake."""


class HasAudit(Protocol):
    """What holds the audit log of the caller's connection; None where it is not open and is not to be opened."""

    async def audit(self, *, opening: bool) -> Audit | None: ...


def watcher(parts: HasAudit) -> Watcher:
    """Return what writes the row of a call that has ended."""

    async def watch(call: Call, _context: Context[Any, Any]) -> None:
        if not call.spec.risk.read_only:
            event = event_of(call)
            await _add(parts, event, opening=event.outcome not in _NOT_OPEN)

    return watch


def refusals(parts: HasAudit, catalog: Catalog, served: Collection[str], connection: str) -> ServerMiddleware[Any]:
    """Return the middleware that writes the row of a call that never reaches its tool: not served, not allowed."""

    async def note(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        params = ctx.params or {}
        spec = catalog.spec(str(params.get("name"))) if ctx.method == "tools/call" else None
        if spec and not spec.risk.read_only:
            by = caller(connection)
            if spec.name not in served or not by.has(role_for(spec)):
                given = params.get("arguments")
                told = _told(given if isinstance(given, dict) else {}, {})
                with bound_contextvars(who=by.name):
                    event = Event(event=spec.name, connection=by.connection, outcome="not_allowed", **told)
                    await _add(parts, event, opening=True)
        return await call_next(ctx)

    return note


async def _add(parts: HasAudit, event: Event, *, opening: bool) -> None:
    try:
        audit = await parts.audit(opening=opening)
        if audit:
            await anyio.to_thread.run_sync(audit.write, event)
            return
        reason = "the database is not open"
    except ZohoError as error:
        reason = error.message
    except Exception:
        log.exception("audit crashed")  # the answer of the call must leave all the same
        reason = "a fault of ours"
    log.error("audit row not written", reason=reason, row={key: value for key, value in asdict(event).items() if value})


def event_of(call: Call) -> Event:
    """Return the row of a call."""
    content: dict[str, Any] = {}
    if isinstance(call.answer, CallToolResult):
        content = call.answer.structured_content or {}
    return Event(
        event=call.spec.name,
        connection=call.caller.connection,
        outcome="asked" if "confirm_token" in content else call.outcome,
        call_id=call.call_id,
        **_told(call.arguments, content),
    )


def _told(arguments: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: _parsed(value) for name, value in arguments.items()}
    changed = content.get("changed")
    fields = list(changed) if isinstance(changed, dict) else list(dict.fromkeys(_fields(given)))
    job_id = str(content.get("job_id") or given.get("job_id") or "")
    return {
        "record_ids": list(dict.fromkeys(_ids(given, content)))[:MOST_IDS],
        "fields": fields[:MOST_FIELDS],
        "job_id": job_id if _JOB.match(job_id) else "",
        "detail": ", ".join(_details(given, content)),
    }


def _ids(given: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[str]:
    named = [given.get("account_id"), given.get("record_id"), content.get("record_id")]
    named += [row.get("id") for row in _rows(given)]
    named += _IN_PATH.findall(str(given.get("path", "")))
    params = given.get("params")
    named += str(params.get("ids", "")).split(",") if isinstance(params, dict) else []
    for one in named:
        if type(one) in {int, str} and _ID.match(str(one)):
            yield str(one)


def _fields(given: Mapping[str, Any]) -> Iterator[str]:
    for row in _rows(given):
        yield from (str(name) for name in row if name != "id")


def _rows(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The records in the arguments of a call, checked or not: one, many, or the body of a plain request."""
    body = given.get("body")
    for found in (given.get("values"), given.get("records"), body.get("data") if isinstance(body, dict) else None):
        for row in found if isinstance(found, list) else [found]:
            if isinstance(row, dict):
                yield row


def _details(given: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[str]:
    if "path" in given:
        yield f"{given.get('method', 'GET')} {given['path']}"
    if "module" in given:
        yield str(given["module"])
    if content.get("dry_run"):
        yield "dry run"
    if "state" in content:
        yield f"job {content['state']}, {content.get('total')} records"
    if "error" in content and writes.sent():
        yield "a change was sent"


def _parsed(value: Any) -> Any:
    """Lists and objects may come as a text of JSON, which the SDK takes."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
