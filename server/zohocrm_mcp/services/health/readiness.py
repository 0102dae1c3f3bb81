"""Whether this process can do its work: one look at the database, and none at Zoho."""

from __future__ import annotations

from collections.abc import Sequence

from zohocrm_mcp.connections.listing import Listed, listed
from zohocrm_mcp.connections.refusals import OUTAGE, THROTTLED
from zohocrm_mcp.connections.store import token_store
from zohocrm_mcp.db import migrate
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.jobs.census import census
from zohocrm_mcp.services.health.looks import Look, trouble


class Readiness:
    """Looks on behalf of one connection."""

    def __init__(self, database: Database, connection: str) -> None:
        self._database, self._connection = database, connection
        self._migrated = False

    def look(self, *, anybody: bool = False) -> Look:
        """Look; whatever is wrong is an answer. What was migrated once stays so, however new the others become.

        Args:
            anybody: the sign-in of any connection will do, because callers bring connections of their own.
        """
        try:
            self._migrated = self._migrated or not migrate.pending(self._database)
            if not self._migrated:
                return Look("migrations", "There are pending migrations.")
            with token_store(self._database) as db:
                reason = _refusal(listed(db, None if anybody else self._connection))
                return Look("sign_in" if reason else "", reason, tuple(census(db).gauges()))
        except ZohoError as error:
            return trouble(error)


def _refusal(rows: Sequence[Listed]) -> str:
    """Return what is wrong where none of the sign-ins is of use."""
    if not rows:
        return "Nobody is signed in."
    return "" if any(map(_is_usable, rows)) else f"Zoho refuses the sign-in ({rows[0].trouble})."


def _is_usable(row: Listed) -> bool:
    """An outage or a throttle of the token server passes by itself; a token that is good still outlasts a refusal."""
    refused = row.trouble and row.trouble != THROTTLED and not row.trouble.startswith(OUTAGE)
    return not refused or row.token_seconds > 0
