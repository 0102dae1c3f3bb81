"""An answer that can be ended in the middle."""

from __future__ import annotations

from starlette.types import Message, Send


class Answer:
    """Sends an answer and remembers how far it is."""

    def __init__(self, send: Send) -> None:
        self._send, self._begun, self._done = send, False, False

    async def send(self, message: Message) -> None:
        self._begun = True
        self._done = message["type"] == "http.response.body" and not message.get("more_body")
        await self._send(message)

    async def end(self, status: int) -> None:
        """End it, with ``status`` where it has not begun."""
        if not self._begun:
            await self._send({"type": "http.response.start", "status": status, "headers": []})
        if not self._done:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
