"""Who is signed in, as far as reading and writing depend on it: the time zone and the profile."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zohocrm_mcp.errors import NotAllowedError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.authentication.identity import first_of
from zohocrm_mcp.services.cache import AgedCache
from zohocrm_mcp.zoho.api import CrmApi

_TTL = 3600.0


class Me:
    """The signed-in user, asked of Zoho once an hour."""

    def __init__(self, api: CrmApi) -> None:
        self._api = api
        self._facts: AgedCache[str, tuple[str, tzinfo]] = AgedCache(self._load, ttl=_TTL)

    async def zone(self) -> tzinfo:
        """Return the user's time zone, or else the organisation's: what Zoho shows times in."""
        return (await self._facts.get("me"))[1]

    async def profile(self) -> str:
        """Return the id of the user's profile, empty when it may not be read."""
        return (await self._facts.get("me"))[0]

    async def _load(self, _: str) -> tuple[str, tzinfo]:
        try:
            user = first_of(await self._api.users("CurrentUser"), "users")
        except NotAllowedError:
            user = {}
        profile = user.get("profile")
        zone = user.get("time_zone") or (await self._organisation()).get("time_zone")
        return str(profile.get("id", "")) if isinstance(profile, dict) else "", _zone(str(zone))

    async def _organisation(self) -> Record:
        try:
            return first_of(await self._api.org(), "org")
        except NotAllowedError:
            return {}


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
