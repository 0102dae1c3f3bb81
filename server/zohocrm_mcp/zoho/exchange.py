"""One exchange with Zoho in a worker thread: the request, another token where one was refused, the verdict."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

import orjson

from zohocrm_mcp.errors import UnavailableError, ZohoAPIError
from zohocrm_mcp.limits.budget import Permit
from zohocrm_mcp.models import Answer, Call
from zohocrm_mcp.zoho import faults
from zohocrm_mcp.zoho.session import NoReplyError, Reply, SdkSession
from zohocrm_mcp.zoho.watched import watched

NOTHING = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_ELSEWHERE = frozenset(range(300, 400)) - NOTHING
_LEFT = "x-api-credits-remaining"
_COUNT = re.compile(r"[0-9]{1,15}")
_TOO_MANY = "TOO_MANY_REQUESTS"


class Exchange:
    """Calls of one session, each in the thread that asks."""

    def __init__(self, session: SdkSession) -> None:
        self._session = session

    def run(self, call: Call, permit: Permit, resent: int = 0) -> Answer:
        """Send a call that may go out, and let the next one in as soon as the answer is here.

        ``resent`` is how often it was sent before.
        """
        if not permit.begin():
            raise UnavailableError("The call was given up before it was sent.")
        try:
            reply = self._reply(call, resent)
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                wait = permit.throttled(faults.retry_after(reply.headers))
                raise faults.throttled(_code(reply), wait)
            left = reply.headers.get(_LEFT, "")
            permit.answered(int(left) if _COUNT.fullmatch(left) else None)
        finally:
            permit.leave()
        return _judge(call, reply, _read(call, reply))

    def ask(self, call: Call) -> Answer:
        """Send a call that no limit is known for yet."""
        reply = self._reply(call)
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise faults.throttled(_code(reply), faults.retry_after(reply.headers))
        return _judge(call, reply, _read(call, reply))

    def _reply(self, call: Call, resent: int = 0) -> Reply:
        """Return the reply; an access token that was refused is replaced once."""
        reply = self._sent(call, resent)
        if reply.status == HTTPStatus.UNAUTHORIZED and reply.token and _is_bad_token(_read(call, reply)):
            self._session.withdraw(reply.token)
            reply = self._sent(call, resent + 1)
        return reply

    def _sent(self, call: Call, resent: int) -> Reply:
        try:
            with watched(call, resent) as exchanged:
                reply = self._session.request(call)
                exchanged.status = reply.status
        except NoReplyError as error:
            raise faults.no_answer(call, type(error.cause).__name__, sent=error.sent) from error
        return reply


def _read(call: Call, reply: Reply) -> Any:
    if reply.status in NOTHING:
        return None
    try:
        return _parsed(reply.content)
    except ValueError:
        kind = reply.headers.get("content-type", "no content type").split(";")[0]
        what = f"HTTP {reply.status} with {kind} instead of JSON"
        raise faults.no_answer(call, what, status=reply.status) from None


def _code(reply: Reply) -> str:
    """Return the code of a 429, which a proxy may have sent without one."""
    try:
        body = _parsed(reply.content)
    except ValueError:
        body = None
    return str(body.get("code") or _TOO_MANY) if isinstance(body, dict) else _TOO_MANY


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:
        return _mended(content)


def _mended(content: bytes) -> Any:
    """A text cut off inside an emoji: half a character must not cost the whole page."""
    try:
        whole = json.dumps(json.loads(content), ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return orjson.loads(whole.encode(errors="replace"))


def _is_bad_token(body: Any) -> bool:
    return isinstance(body, dict) and body.get("code") in faults.BAD_TOKEN


def _judge(call: Call, reply: Reply, body: Any) -> Answer:
    """An envelope is an answer whatever the status; a flat error object is an error, and a redirection is no answer."""
    if reply.status in _ELSEWHERE:
        raise faults.no_answer(call, f"HTTP {reply.status}", status=reply.status)
    if isinstance(body, dict) and isinstance(body.get("data"), list):
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise faults.no_answer(call, f"HTTP {reply.status}", status=reply.status)
        return Answer(reply.status, body, reply.headers)
    if reply.status >= HTTPStatus.BAD_REQUEST or (isinstance(body, dict) and body.get("status") == "error"):
        told, granted = body if isinstance(body, dict) else {}, reply.token.scopes if reply.token else ""
        raise faults.refusal(call, reply.status, reply.headers, told, granted=granted)
    if body is not None and not isinstance(body, dict):
        raise ZohoAPIError(f"Zoho answered {type(body).__name__} where an object was expected.", status=reply.status)
    return Answer(reply.status, body, reply.headers)
