"""Every request to Zoho, one by one, as numbers and as a span: which endpoint, how it ended, how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.models import Call
from zohocrm_mcp.observe import meters
from zohocrm_mcp.observe.spans import answered, request_span
from zohocrm_mcp.zoho.endpoints import endpoint_of

NO_ANSWER = "no_answer"


@dataclass
class Exchanged:
    """What has become of a request; ``status`` is 0 until there is an answer."""

    status: int = 0


@contextmanager
def watched(call: Call, resent: int = 0) -> Iterator[Exchanged]:
    """Watch one request; put the answer's status into what is yielded.

    One that an error of ours ends was not sent, because there was no token to send it with, and is not counted.

    Args:
        call: what is sent.
        resent: how often it was sent before.
    """
    endpoint, began, exchanged = endpoint_of(call), time.perf_counter(), Exchanged()
    meters.ZOHO_RETRIES.add(1 if resent else 0, endpoint)  # from 0 on, so that the first one is an increase
    with request_span(call.method, endpoint, resent) as span:
        try:
            yield exchanged
        except Exception as error:
            if exchanged.status or not isinstance(error, ZohoError):
                _count(call.method, endpoint, exchanged.status, began)
            raise
        answered(span, exchanged.status)
        _count(call.method, endpoint, exchanged.status, began)


def _count(method: str, endpoint: str, status: int, began: float) -> None:
    meters.ZOHO_REQUESTS.add(1, method, endpoint, str(status or NO_ANSWER))
    meters.ZOHO_SECONDS.add(time.perf_counter() - began, method, endpoint)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        meters.ZOHO_THROTTLED.add(1)
