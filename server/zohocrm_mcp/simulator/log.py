"""The log of all requests, and counters over them."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Entry:
    """One request; ``status`` is 0 while it runs or when the connection was reset; times are seconds of the clock."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    route: str
    started: float
    connection: int = 0
    status: int = 0
    ended: float | None = None
    fault: str | None = None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def shown(self) -> dict[str, Any]:
        """The entry as JSON data."""
        return {**asdict(self), "body": self.text}


@dataclass(slots=True)
class Counters:
    """``routes`` counts calls by route name, ``unknown`` those that no route answers."""

    routes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    token_calls: int = 0
    peak_concurrency: int = 0
    in_flight: int = 0
    connections: int = 0
    open_connections: int = 0
    credits: int = 0

    @property
    def calls(self) -> int:
        return sum(self.routes.values())

    def shown(self) -> dict[str, Any]:
        named = {name: dict(getattr(self, name)) for name in ("routes", "statuses", "unknown")}
        plain = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in named}
        return {**named, **plain, "calls": self.calls}

    def reset(self) -> None:
        """Begin anew; what is open now stays counted."""
        for counter in (self.routes, self.statuses, self.unknown):
            counter.clear()
        self.token_calls = self.connections = self.credits = 0
        self.peak_concurrency = self.in_flight


class RequestLog:
    """A list of entries, the newest last, that forgets the oldest beyond its size."""

    def __init__(self, size: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def all(self) -> list[Entry]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()
