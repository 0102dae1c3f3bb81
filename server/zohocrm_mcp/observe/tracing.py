"""Traces to a collector, where OpenTelemetry's own environment variables ask for them; otherwise nothing is loaded."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zohocrm_mcp._version import __version__
from zohocrm_mcp.observe.logging import get_logger

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
EXPORTER, DISABLED = "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"
FLUSH_SECONDS = 3.0
"""How long the end of the process waits for spans to be sent."""

log = get_logger(__name__)


@contextmanager
def exporting() -> Iterator[None]:
    """Send the spans of the block, if the environment names an exporter; what is left at the end goes out then."""
    provider = _provider() if _is_wanted() else None
    try:
        yield
    finally:
        if provider:
            _end(provider)


def _is_wanted() -> bool:
    kind = os.environ.get(EXPORTER, "").strip().lower()
    off = kind == "none" or os.environ.get(DISABLED, "").strip().lower() == "true"
    return not off and bool(kind or any(os.environ.get(name) for name in ENDPOINTS))


def _provider() -> TracerProvider | None:
    """Install what sends spans. The variables that OpenTelemetry names say where to, under which name, and how many."""
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = _exporter(os.environ.get(EXPORTER, "").strip().lower() or "otlp")
    except ImportError:
        log.warning("traces are not sent", reason="They need OpenTelemetry: pip install 'zohocrm-mcp[otel]'.")
        return None
    if exporter is None:
        return None
    ours = Resource.create({"service.name": "zohocrm-mcp", "service.version": __version__})
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


def _exporter(kind: str) -> SpanExporter | None:
    if kind == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(out=sys.stderr)  # stdout may be the protocol's
    if kind == "otlp":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter()
    log.warning("traces are not sent", reason=f"{EXPORTER} is {kind!r}; otlp (over HTTP), console and none are known.")
    return None


def _end(provider: TracerProvider) -> None:
    """Send what is left, and give up on a collector that does not take it in time."""
    last = threading.Thread(target=provider.shutdown, name="last traces", daemon=True)
    last.start()
    last.join(FLUSH_SECONDS)
    if last.is_alive():
        log.warning("traces are lost", reason=f"The collector did not take them within {FLUSH_SECONDS:.0f} seconds.")
