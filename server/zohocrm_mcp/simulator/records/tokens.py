"""Page tokens: where a listing goes on, bound to a user and to the parameters of the first call."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from zohocrm_mcp.simulator.clock import Clock
from zohocrm_mcp.simulator.sources import known
from zohocrm_mcp.simulator.wire import Refusal

LIFE_SECONDS = 86_400
Key = tuple[int, int]


@dataclass(slots=True)
class Position:
    """Behind which key a page begins, and how many records and pages came before."""

    binding: str
    user_id: int
    after: Key | None
    skipped: int
    page: int
    previous: str | None
    expires: float


@known("Zoho CRM v8 docs: page tokens live 24 h and are bound to user and parameters")
class PageTokens:
    """Tokens by value; the same position has the same token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._positions: dict[str, Position] = {}

    def make(self, position: Position) -> str:
        text = f"{position.binding}/{position.user_id}/{position.after}/{position.skipped}/{position.page}"
        value = hashlib.sha512(text.encode()).hexdigest()
        position.expires = self._clock.now() + LIFE_SECONDS
        self._positions[value] = position
        return value

    def expiry(self, value: str) -> float:
        return self._positions[value].expires

    def find(self, value: str, binding: str, user_id: int) -> Position:
        position = self._positions.get(value)
        if not position or position.binding != binding or position.user_id != user_id:
            raise Refusal(
                "TOKEN_BOUND_DATA_MISMATCH",
                "The page_token given seems to be invalid or input param is added or altered or deleted",
                {"param_name": "page_token"},
            )
        if position.expires <= self._clock.now():
            details = {"api_name": "page_token", "json_path": "$.query.page_token"}
            raise Refusal("EXPIRED_VALUE", "Page token expired", details)
        return position
