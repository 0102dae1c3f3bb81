"""A collector of traces: takes OTLP over HTTP, and hands out the spans."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True)
class Span:
    """A span as it came; the ids are hexadecimal, a parent's is empty at the root."""

    name: str
    trace: str
    id: str
    parent: str
    facts: dict[str, str | int]
    service: str
    events: int


class Collector(ThreadingHTTPServer):
    """``url`` is what OTEL_EXPORTER_OTLP_ENDPOINT names; ``text`` is everything that came, as it came."""

    def __init__(self, *, silent: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.silent, self.released = silent, threading.Event()
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.silent:
            self.server.released.wait()
            return
        self.server.bodies.append(body)
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            service = _facts(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.server.spans += [
                    Span(
                        span.name,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        _facts(span.attributes),
                        str(service),
                        len(span.events),
                    )
                    for span in scope.spans
                ]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


def _facts(attributes: object) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for one in attributes:  # type: ignore[attr-defined] # a repeated field of protobuf
        assert isinstance(one, KeyValue)
        kind = one.value.WhichOneof("value")
        found[one.key] = getattr(one.value, kind or "string_value")
    return found


@contextmanager
def collector(*, silent: bool = False) -> Iterator[Collector]:
    """Collect; a ``silent`` one takes connections and never answers."""
    running = Collector(silent=silent)
    thread = threading.Thread(target=running.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.released.set()
        running.shutdown()
        running.server_close()
        thread.join()
