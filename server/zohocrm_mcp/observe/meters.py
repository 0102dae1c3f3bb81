"""What is measured, and how the rooms say so. Who counts subscribes; with nobody counting it costs next to nothing.

Labels have few values: names of tools, path templates, states. Never an id, a record or a word of a tenant, but for
the name of a connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias
from weakref import WeakSet

FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

Labels: TypeAlias = tuple[str, ...]
PREFIX = "zohocrm_mcp_"


@dataclass(frozen=True, eq=False)
class Meter:
    """A counter, or with ``buckets`` (seconds) a histogram; a ``gauge`` is read when somebody looks."""

    name: str
    about: str
    labels: Labels = ()
    buckets: tuple[float, ...] = ()
    kind: Literal["flow", "gauge"] = "flow"

    @property
    def exposed(self) -> str:
        """The name under which Prometheus finds it; of a histogram, without ``_bucket`` and the like."""
        return f"{PREFIX}{self.name}{'_total' if self.kind == 'flow' and not self.buckets else ''}"

    def add(self, value: float, *labels: str) -> None:
        for listen in _listeners:
            listen(self, value, labels)

    @contextmanager
    def timed(self, *labels: str) -> Iterator[None]:
        """Add the seconds that the block takes, however it ends."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(time.perf_counter() - began, *labels)


Listener: TypeAlias = Callable[[Meter, float, Labels], None]
Reading: TypeAlias = tuple[Meter, float, Labels]


class Gauged(Protocol):
    """Something with levels; two that say the same of the same labels are added up."""

    def gauges(self) -> Iterable[Reading]: ...


_listeners: tuple[Listener, ...] = ()
_gauged: WeakSet[Gauged] = WeakSet()
_lock = threading.Lock()


def subscribe(listener: Listener) -> None:
    global _listeners  # noqa: PLW0603 -- replaced as a whole, so that nobody walks over a list that changes
    _listeners = (*_listeners, listener)


def unsubscribe(listener: Listener) -> None:
    global _listeners  # noqa: PLW0603 -- as above
    _listeners = tuple(one for one in _listeners if one != listener)


def watch(source: Gauged) -> None:
    """Let the levels of ``source`` be read until ``unwatch``, or until nobody else holds it."""
    with _lock:
        _gauged.add(source)


def unwatch(source: Gauged) -> None:
    with _lock:
        _gauged.discard(source)


def readings() -> list[Reading]:
    """Return the level of everything that is watched now."""
    levels: dict[tuple[Meter, Labels], float] = {}
    with _lock:
        sources = list(_gauged)
    for source in sources:
        for meter, value, labels in source.gauges():
            levels[meter, labels] = levels.get((meter, labels), 0.0) + value
    return [(meter, value, labels) for (meter, labels), value in levels.items()]


TOOL_CALLS = Meter(
    "tool_calls", "Calls of tools; outcome is ok, asked, cancelled or an error's kind.", ("tool", "outcome")
)
TOOL_SECONDS = Meter("tool_duration_seconds", "All the time that a call of a tool took.", ("tool",), SLOW)
ZOHO_REQUESTS = Meter(
    "zoho_requests",
    "Requests to Zoho, each try on its own; status is HTTP's, or no_answer.",
    ("method", "endpoint", "status"),
)
ZOHO_SECONDS = Meter("zoho_request_duration_seconds", "From request to answer.", ("method", "endpoint"), SLOW)
ZOHO_RETRIES = Meter("zoho_retries", "Requests that were repeated.", ("endpoint",))
ZOHO_THROTTLED = Meter("zoho_throttled", "Answers of Zoho with status 429.")
ZOHO_CREDITS = Meter(
    "zoho_credits_remaining", "API credits left of 24 hours, for everybody.", ("connection",), kind="gauge"
)
ZOHO_SLOTS = Meter("zoho_slots_in_use", "Calls of this process under way.", ("connection",), kind="gauge")
ZOHO_SLOTS_LIMIT = Meter(
    "zoho_slots_limit", "Calls under way at the most, over all processes.", ("connection",), kind="gauge"
)
ZOHO_WAITING = Meter("zoho_calls_waiting", "Calls of this process that wait for a slot.", ("connection",), kind="gauge")
TOKEN_REFRESHES = Meter(
    "token_refreshes",
    "New access tokens asked for; outcome is ok, refused, throttled or unavailable.",
    ("connection", "outcome"),
)
TOKEN_SECONDS = Meter("token_refresh_duration_seconds", "From asking for a token to the answer.", (), SLOW)
STORE_SECONDS = Meter("token_store_duration_seconds", "Statements of the token store.", ("operation",), FAST)
DATABASE_WAIT = Meter("database_checkout_duration_seconds", "Until a connection was lent and had answered.", (), FAST)
DATABASE_SECONDS = Meter("database_use_duration_seconds", "How long a connection was lent.", (), FAST)
DATABASE_FAILURES = Meter("database_failures", "Times that the database did not answer, or went away.")
POOL_LENT = Meter("database_pool_in_use", "Connections lent.", kind="gauge")
POOL_WAITING = Meter("database_pool_waiting", "Threads that wait for a connection.", kind="gauge")
POOL_SIZE = Meter("database_pool_limit", "Connections at the most.", kind="gauge")
READY = Meter("ready", "1 where the check of /readyz is well, else 0.", ("check",), kind="gauge")
JOBS = Meter("jobs", "Jobs in the database, of all connections.", ("state",), kind="gauge")
JOBS_STALLED = Meter(
    "jobs_stalled_seconds", "How long the open job that has waited longest has not moved.", kind="gauge"
)

ALL: tuple[Meter, ...] = tuple(one for one in list(globals().values()) if isinstance(one, Meter))
