"""Tokens that stand for "I have seen the preview": of one call, once, for ten minutes, on any replica."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic_core

from zohocrm_mcp.errors import InvalidInputError

LIFETIME = 600
_MAC = 16
_PURPOSE = b"zohocrm-mcp confirmation 1\0"
Spend = Callable[[str, float], Awaitable[bool]]


@dataclass(frozen=True)
class Preview:
    """What a call is about to do, for a person; ``records`` is what it would do it to, as far as that may change."""

    text: str
    records: str = ""

    @property
    def question(self) -> str:
        """The text and a mark of the records: an answer is worth something only for those that were asked about."""
        return f"{self.text} (selection {self.records[:8]})" if self.records else self.text


class Confirmations:
    """``keys``: secrets shared by the replicas, newest first. ``spend`` marks a token as used, once for all of them."""

    def __init__(
        self, keys: Sequence[bytes], connection: str, spend: Spend, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._keys, self._connection, self._spend, self._clock = tuple(keys), connection, spend, clock

    def issue(self, tool: str, arguments: Mapping[str, Any], preview: Preview) -> str:
        """Return the token that lets exactly this call through."""
        body = [int(self._clock()) + LIFETIME, secrets.token_hex(8), self._digest(tool, arguments, preview)]
        payload = json.dumps(body, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(payload + _mac(self._keys[0], payload)).decode().rstrip("=")

    async def redeem(self, token: str, tool: str, arguments: Mapping[str, Any], preview: Preview) -> None:
        """Use a token up.

        Raises:
            InvalidInputError: it is damaged, expired, used already, or of another call, connection or set of records.
        """
        expires, token_id, digest = self._payload(token)
        left = expires - self._clock()
        if left <= 0:
            raise _refused("has expired after ten minutes")
        if not hmac.compare_digest(digest, self._digest(tool, arguments, preview)):
            raise _refused("belongs to another call, or what it would change has changed since")
        if not await self._spend(token_id, left):
            raise _refused("was used already")

    def _payload(self, token: str) -> tuple[int, str, str]:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            raw = b""
        payload, mac = raw[:-_MAC], raw[-_MAC:]
        if not payload or not any(hmac.compare_digest(mac, _mac(key, payload)) for key in self._keys):
            raise _refused("was not made by this server")
        expires, token_id, digest = json.loads(payload)
        return int(expires), str(token_id), str(digest)

    def _digest(self, tool: str, arguments: Mapping[str, Any], preview: Preview) -> str:
        plain = pydantic_core.to_jsonable_python(dict(arguments))
        whole = [self._connection, tool, plain, preview.text, preview.records]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + payload, "sha256")[:_MAC]


def _refused(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"The confirm_token {why}; nothing was changed.",
        hint="Call again without confirm_token, show the person the new preview, and use its token.",
        field="confirm_token",
        code="INVALID_CONFIRMATION",
    )
