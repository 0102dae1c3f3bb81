"""Faults on demand: scripted per route, count and probability, repeatable by seed."""

from __future__ import annotations

import asyncio
import fnmatch
import json
import random
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

BEFORE = ("status", "html", "delay", "hang", "reset_before", "token_revoked")
AFTER = ("truncated", "empty", "cut", "reset_after")
SLOW = ("delay", "hang")
KINDS = BEFORE + AFTER


@dataclass(slots=True)
class Fault:
    """One script.

    ``route`` matches the template (``PUT /crm/v8/{module}``) or the path, with ``*`` as wild card. ``status`` sends an
    error body (``body``: JSON data or text), ``html`` a proxy's page, ``delay`` waits ``seconds`` or until the scripts
    are cleared, ``hang`` never answers, ``reset_before`` and ``reset_after`` reset the connection before or after the
    effect, ``cut`` closes it in the middle of the body, ``truncated`` ends the JSON early, ``empty`` sends no body,
    ``token_revoked`` revokes the token used. ``status`` is 500 unless given, 502 for a page. ``after`` lets the effect
    happen before the fault. The first ``skip`` matching calls go through; then ``count`` are hit (None: all), each
    with ``probability``.
    """

    route: str = "*"
    kind: str = "status"
    count: int | None = 1
    probability: float = 1.0
    seed: int = 0
    skip: int = 0
    status: int | None = None
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    after: bool = False
    hits: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        self._random = random.Random(self.seed)  # noqa: S311
        self.after = self.after or self.kind in AFTER

    def matches(self, method: str, template: str, path: str) -> bool:
        names = (f"{method} {template}", f"{method} {path}", template, path)
        return any(name == self.route or fnmatch.fnmatchcase(name, self.route) for name in names)

    def strikes(self) -> bool:
        """Whether this matching call is hit; uses up one skip or count."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def shown(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["_random"]
        return shown


def parse(text: str) -> dict[str, Any]:
    """A script written on one line: ``reset_after PUT /crm/v8/{module} count=3 probability=0.1``."""
    words = shlex.split(text)
    named = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    route = " ".join(word for word in words[1:] if "=" not in word)
    return {"kind": words[0] if words else "", "route": route or "*", **{name: value_of(named[name]) for name in named}}


def value_of(text: str) -> Any:
    """The JSON value of a text, or the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


class Faults:
    """All scripts; for each call the first that matches and strikes is used."""

    def __init__(self) -> None:
        self.scripts: list[Fault] = []
        self._waiting: set[Callable[[], object]] = set()

    def add(self, route: str = "*", kind: str = "status", **more: Any) -> Fault:
        """Script a fault; the fields of ``Fault`` by name."""
        fault = Fault(route, kind, **more)
        self.scripts.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all scripts; calls that are being delayed go on at once."""
        self.scripts.clear()
        for let_go in list(self._waiting):
            let_go()

    @contextmanager
    def over(self, fault: Fault) -> Iterator[asyncio.Event]:
        """Yield an event of the running loop that is set when the scripts are cleared, in whatever thread."""
        event = asyncio.Event()
        let_go = partial(asyncio.get_running_loop().call_soon_threadsafe, event.set)
        self._waiting.add(let_go)
        if not any(script is fault for script in self.scripts):  # they were cleared since it was picked
            event.set()
        try:
            yield event
        finally:
            self._waiting.discard(let_go)

    def pick(self, method: str, template: str, path: str) -> Fault | None:
        return next(
            (fault for fault in self.scripts if fault.matches(method, template, path) and fault.strikes()), None
        )
