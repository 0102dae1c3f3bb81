"""Spans of what goes out over HTTP, by OpenTelemetry's names. Without an exporter nobody records them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

_tracer = trace.get_tracer("zohocrm_mcp")


@contextmanager
def request_span(method: str, template: str, resent: int = 0) -> Iterator[Span]:
    """Let the block be a span of the trace under way. What it raises is named in it by its class alone.

    Args:
        method: of HTTP.
        template: the path without anything that names a record or a tenant.
        resent: how often the same was sent before.
    """
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # nobody has installed a real one
        yield trace.INVALID_SPAN
        return
    facts: dict[str, str | int] = {"http.request.method": method, "url.template": template}
    if resent:
        facts["http.request.resend_count"] = resent
    span = _tracer.start_span(f"{method} {template}", kind=SpanKind.CLIENT, attributes=facts)
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except Exception as error:
            failed(span, type(error).__name__)
            raise


def answered(span: Span, status: int) -> None:
    """Note the status of the answer."""
    span.set_attribute("http.response.status_code", status)
    if status >= HTTPStatus.BAD_REQUEST:
        failed(span, str(status))


def failed(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)
