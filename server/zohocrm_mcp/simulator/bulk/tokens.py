"""Page tokens of bulk read: where the next job goes on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zohocrm_mcp.simulator.sources import known

if TYPE_CHECKING:
    from zohocrm_mcp.simulator.bulk.jobs import Job
    from zohocrm_mcp.simulator.wire import Json

LIFE_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Place:
    query: Json
    user_id: int
    after: int
    page: int
    expires: float


@known("Zoho CRM v8 docs, bulk read: a page token lives 24 h and is bound to its user")
class BulkTokens:
    """Places by token."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def make(self, job: Job, after: int, page: int) -> str:
        token = hashlib.sha256(f"{job.id}/{after}".encode()).hexdigest()
        query = {name: value for name, value in job.request["query"].items() if name not in ("page", "page_token")}
        expires = job.call.state.clock.now() + LIFE_SECONDS
        self._places[token] = Place(query, job.call.user_id, after, page + 1, expires)
        return token

    def find(self, token: str, user_id: int, now: float) -> Place | None:
        place = self._places.get(token)
        return place if place and place.user_id == user_id and place.expires > now else None
