"""The numbers as Prometheus reads them. The library is imported when the first server wants to be watched."""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from zohocrm_mcp._version import __version__
from zohocrm_mcp.observe import meters
from zohocrm_mcp.observe.meters import PREFIX, Labels, Meter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import CollectorRegistry, Counter, Histogram
    from prometheus_client.core import Metric


class Metrics:
    """A registry of its own, filled by what the rooms tell while somebody is ``counting``."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Info, ProcessCollector, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        flows = [one for one in meters.ALL if one.kind == "flow"]
        self._counters = {one: self._counter(one) for one in flows if not one.buckets}
        self._histograms = {one: self._histogram(one) for one in flows if one.buckets}
        self._known: dict[tuple[Meter, Labels], Callable[[float], object]] = {}
        self._users, self._lock = 0, threading.Lock()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Levels())
        Info(f"{PREFIX}build", "What runs.", registry=self.registry).info(
            {"version": __version__, "python": platform.python_version()}
        )

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what is told while the block runs; servers that share a process share the numbers."""
        self._more(1)
        try:
            yield
        finally:
            self._more(-1)

    def page(self, accept: str, only: str = "") -> tuple[bytes, str]:
        """Return the numbers in the form that a scraper accepts, and its content type.

        ``only``: of the numbers of connections, those of this one.
        """
        from prometheus_client.exposition import choose_encoder

        encode, content_type = choose_encoder(accept)
        return encode(_OfOne(self.registry, only) if only else self.registry), content_type

    def _more(self, users: int) -> None:
        with self._lock:
            self._users += users
            meters.unsubscribe(self._hear)
            if self._users:
                meters.subscribe(self._hear)

    def _hear(self, meter: Meter, value: float, labels: Labels) -> None:
        hear = self._known.get((meter, labels))
        if hear is None:
            hear = self._known[meter, labels] = self._to(meter, labels)
        hear(value)

    def _to(self, meter: Meter, labels: Labels) -> Callable[[float], object]:
        """Return what takes a value of a meter with these labels; looking it up each time would cost more than it."""
        if meter.buckets:
            histogram = self._histograms[meter]
            return (histogram.labels(*labels) if labels else histogram).observe
        counter = self._counters[meter]
        return (counter.labels(*labels) if labels else counter).inc

    def _counter(self, meter: Meter) -> Counter:
        from prometheus_client import Counter

        return Counter(PREFIX + meter.name, meter.about, meter.labels, registry=self.registry)

    def _histogram(self, meter: Meter) -> Histogram:
        from prometheus_client import Histogram

        return Histogram(PREFIX + meter.name, meter.about, meter.labels, buckets=meter.buckets, registry=self.registry)


class _OfOne:
    """What a caller may know of a registry: its own connection's, and what is nobody's."""

    def __init__(self, registry: CollectorRegistry, connection: str) -> None:
        self._registry, self._connection = registry, connection

    def collect(self) -> Iterable[Metric]:
        for metric in self._registry.collect():
            own = self._connection
            metric.samples = [one for one in metric.samples if one.labels.get("connection", own) == own]
            yield metric


class _Levels:
    """What is read when somebody looks."""

    def collect(self) -> Iterable[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        families = {
            one: GaugeMetricFamily(PREFIX + one.name, one.about, labels=one.labels)
            for one in meters.ALL
            if one.kind == "gauge"
        }
        for meter, value, labels in meters.readings():
            families[meter].add_metric(labels, value)
        return families.values()


@cache
def metrics() -> Metrics | None:
    """Return the metrics of this process, None where the library is not installed. Takes a moment the first time."""
    return Metrics() if find_spec("prometheus_client") else None
