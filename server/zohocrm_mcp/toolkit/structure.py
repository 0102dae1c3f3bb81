"""The structure of an answer on its way past the SDK's sieve, which would walk through every value of it.

The sieve drops what the revision of a session does not know; of an answer's structure it knows nothing but that it is
an object. So it sees an empty one, and the real one takes its place afterwards.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.types import CallToolResult

KEY = "structuredContent"
_held: ContextVar[list[Structure] | None] = ContextVar("structure", default=None)


class Structure(dict[str, Any]):
    """A JSON object that nobody changes any more, and the compact text of it."""

    def __init__(self, body: dict[str, Any], text: str) -> None:
        super().__init__(body)
        self.text = text


class Structured(CallToolResult):
    """A result whose structure is JSON already."""

    def model_dump(self, **how: Any) -> dict[str, Any]:
        name = KEY if how.get("by_alias") else "structured_content"
        dumped = super().model_dump(**{**how, "exclude": {"structured_content"}})
        held = _held.get()
        if held is None or not isinstance(self.structured_content, Structure):
            return {**dumped, name: self.structured_content}
        held.append(self.structured_content)
        return {**dumped, name: {}}


async def past_the_sieve(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Put the structure of an answer where the SDK has let an empty one pass."""
    held: list[Structure] = []
    token = _held.set(held)
    try:
        result = await call_next(ctx)
    finally:
        _held.reset(token)
    if held and isinstance(result, dict) and KEY in result:
        result[KEY] = held[-1]
    return result
