"""What is told about every call of a tool once it has ended: to the metrics, to the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, InputRequiredResult

from zohocrm_mcp.access.caller import Caller
from zohocrm_mcp.observe import meters
from zohocrm_mcp.toolkit.spec import ToolSpec

Answer: TypeAlias = CallToolResult | InputRequiredResult


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that has ended. ``answer`` is None where it was cancelled, or ``refused`` by an error of the protocol.

    ``seconds`` is all the time it took.
    """

    spec: ToolSpec
    caller: Caller
    call_id: str
    arguments: Mapping[str, Any]
    answer: Answer | None
    seconds: float
    refused: bool = False

    @property
    def outcome(self) -> str:
        """``ok``, the kind of the error, ``asked`` (a person is asked first), ``cancelled`` or ``refused``."""
        if self.answer is None:
            return "refused" if self.refused else "cancelled"
        if isinstance(self.answer, InputRequiredResult):
            return "asked"
        content = self.answer.structured_content or {}
        return str(content["error"]["kind"]) if self.answer.is_error else "ok"


Watcher: TypeAlias = Callable[[Call, Context[Any, Any]], Awaitable[None]]
"""Called once a call, before its answer leaves; must not fail."""


async def counted(call: Call, _context: Context[Any, Any]) -> None:
    """Tell the metrics."""
    meters.TOOL_CALLS.add(1, call.spec.name, call.outcome)
    meters.TOOL_SECONDS.add(call.seconds, call.spec.name)
