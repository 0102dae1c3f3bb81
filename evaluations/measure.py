"""What a conversation costs a model: how many calls, how many characters it writes and reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ASKING = {"tools/call": ("name", "arguments"), "resources/read": ("uri",), "prompts/get": ("name", "arguments")}
"""Methods that a model causes, and what it has to write for them."""


@dataclass(frozen=True)
class Cost:
    """Characters: ``sent`` are names and arguments, ``received`` is the text of the answers."""

    calls: int = 0
    sent: int = 0
    received: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.calls + other.calls, self.sent + other.sent, self.received + other.received)


def cost_of(lines: Iterable[str]) -> Cost:
    """Return the cost of a conversation: one JSON-RPC message a line, of both directions."""
    asked: set[str | int] = set()
    total = Cost()
    for line in lines:
        message = _message(line)
        if message.get("method") in ASKING and "id" in message:
            asked.add(message["id"])
            total += Cost(1, sent(message["method"], message.get("params") or {}), 0)
        elif "method" not in message and message.get("id") in asked:
            total += Cost(0, 0, received(message))
    return total


def sent(method: str, params: dict[str, Any]) -> int:
    written = {key: params[key] for key in ASKING[method] if key in params}
    return len(json.dumps(written, ensure_ascii=False, separators=(",", ":")))


def received(message: dict[str, Any]) -> int:
    """Return the characters of an answer's text; of an error its sentence."""
    if "error" in message:
        return len(message["error"]["message"])
    result = message["result"]
    texts = [*result.get("content", []), *result.get("contents", [])]
    texts += [one["content"] for one in result.get("messages", [])]
    return sum(len(text.get("text", "")) for text in texts)


def tool_list(lines: Iterable[str]) -> int:
    """Return the characters of the tool list, as it was last read."""
    lists = [message["result"]["tools"] for message in map(_message, lines) if "tools" in (message.get("result") or {})]
    return len(json.dumps(lists[-1], ensure_ascii=False, separators=(",", ":"))) if lists else 0


def _message(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
