"""The route table: every file in ``endpoints`` adds its handlers by decorator."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from zohocrm_mcp.simulator.wire import Answer, Call

Handler = Callable[[Call], Answer]


@dataclass(slots=True)
class Route:
    """A method and path template with its handler, scopes, price in credits and weight."""

    method: str
    template: str
    handler: Handler
    scopes: tuple[str, ...]
    signed_in: bool
    credits: Callable[[Call], int]
    heavy: Callable[[Call], bool]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


@dataclass(slots=True)
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    capture: _Node | None = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


_ROOT = _Node()


def route(
    method: str,
    template: str,
    *,
    scopes: tuple[str, ...] = (),
    signed_in: bool = True,
    credits: Callable[[Call], int] = lambda _: 1,  # noqa: A002
    heavy: Callable[[Call], bool] = lambda _: False,
) -> Callable[[Handler], Handler]:
    """Register a handler. In ``scopes``, ``{module}`` stands for the module of the path."""

    def add(handler: Handler) -> Handler:
        node, names = _ROOT, []
        for part in template.strip("/").split("/"):
            if part.startswith("{"):
                names.append(part[1:-1])
                node.capture = node.capture or _Node()
                node = node.capture
            else:
                node = node.literal.setdefault(part, _Node())
        node.routes[method] = Route(method, template, handler, scopes, signed_in, credits, heavy), tuple(names)
        return handler

    return add


def find(method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
    """The route for a path with its captured parts; the flag says whether the path exists for other methods."""
    exists = False
    for node, values in _walk(_ROOT, path.strip("/").split("/"), ()):
        if not node.routes:
            continue
        exists = True
        if found := node.routes.get(method):
            matched, names = found
            return matched, dict(zip(names, values, strict=True)), True
    return None, {}, exists


def _walk(node: _Node, parts: list[str], values: tuple[str, ...]) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    if not parts:
        yield node, values
        return
    if literal := node.literal.get(parts[0]):
        yield from _walk(literal, parts[1:], values)
    if node.capture and parts[0]:
        yield from _walk(node.capture, parts[1:], (*values, parts[0]))


def all_routes(node: _Node = _ROOT) -> Iterator[Route]:
    """Every route registered so far."""
    yield from (found for found, _ in node.routes.values())
    for child in (*node.literal.values(), *([node.capture] if node.capture else [])):
        yield from all_routes(child)


def load_endpoints() -> None:
    """Import every file in ``endpoints``: the folder is the registry."""
    package = importlib.import_module("zohocrm_mcp.simulator.endpoints")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
