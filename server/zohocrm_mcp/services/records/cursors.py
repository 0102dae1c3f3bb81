"""Cursors: where a walk over records goes on, in a text that nobody else can make and any replica can read.

A cursor holds its state itself, signed with the service's key and bound to the query and the connection.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from pydantic import JsonValue
from pydantic_core import to_json

from zohocrm_mcp.errors import InvalidInputError

State: TypeAlias = dict[str, JsonValue]
LIFETIME = 24 * 3600
"""Seconds; Zoho's page tokens live as long (Zoho CRM v8 docs, Get Records)."""
_MAC = 16
_PURPOSE = b"zohocrm-mcp cursor 1\0"
START_AGAIN = "Call again without a cursor to start from the first page."


class Cursors:
    """``keys``: secrets shared by the replicas, the newest first; it signs, all are accepted.

    ``connection`` says whose data the cursors walk over: one of another connection is refused.
    """

    def __init__(self, keys: Sequence[bytes], connection: str = "", *, clock: Callable[[], float] = time.time) -> None:
        if not all(keys) or not keys:
            raise ValueError("a cursor needs a key")
        self._keys = tuple(keys)
        self._connection = connection
        self.clock = clock

    def seal(self, query: Sequence[object], state: State) -> str:
        """Return the cursor of ``state`` in the walk that ``query`` describes."""
        body = [int(self.clock()), self._digest(query), state]
        payload = to_json(body)
        return base64.urlsafe_b64encode(payload + _mac(self._keys[0], payload)).decode().rstrip("=")

    def open(self, query: Sequence[object], cursor: str) -> State:
        """Return the state of ``cursor``; an empty one is the start.

        Raises:
            InvalidInputError: damaged or made elsewhere, of another query or connection, or older than a day.
        """
        if not cursor:
            return {}
        issued, digest, state = self._payload(cursor)
        if digest != self._digest(query):
            raise _refused("belongs to another call", "Repeat the call that gave it, arguments unchanged, with cursor.")
        if self.clock() - issued > LIFETIME:
            raise _refused("has expired after 24 hours", START_AGAIN)
        return state

    def _payload(self, cursor: str) -> tuple[int, str, State]:
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _refused("is damaged or not one of ours", START_AGAIN) from None
        payload, mac = raw[:-_MAC], raw[-_MAC:]
        if not any(hmac.compare_digest(mac, _mac(key, payload)) for key in self._keys):
            raise _refused("is damaged or not one of ours", START_AGAIN)
        issued, digest, state = json.loads(payload)
        return issued, digest, state

    def _digest(self, query: Sequence[object]) -> str:
        return hashlib.sha256(to_json([self._connection, *query])).hexdigest()[:16]


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + payload, "sha256")[:_MAC]


def _refused(why: str, hint: str) -> InvalidInputError:
    return InvalidInputError(f"The cursor {why}.", hint=hint, field="cursor", code="INVALID_CURSOR")
