"""Which organisation a connection belongs to, and what its edition allows: asked of Zoho once, and kept."""

from __future__ import annotations

from threading import Lock
from typing import Any

from zohocrm_mcp.connections import rows as connections
from zohocrm_mcp.connections.rows import ConnectionRow
from zohocrm_mcp.db.pool import Connection, Database
from zohocrm_mcp.errors import NotAllowedError
from zohocrm_mcp.limits import rows
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.limits.editions import Organisation
from zohocrm_mcp.limits.look import levels
from zohocrm_mcp.limits.prices import ONE
from zohocrm_mcp.limits.registry import Limits
from zohocrm_mcp.models import Call
from zohocrm_mcp.observe import meters
from zohocrm_mcp.zoho.exchange import Exchange

_ASKING = 0x6F72_6773
"""Number of the advisory lock of whoever asks: one process does, before any other call goes out."""
_one_asks = Lock()
"""Whoever asks holds a connection of the pool and needs another for its token: one thread a process at a time."""


class BudgetFinder:
    """Finds the budget of a connection. ``found`` is None until ``find`` has been called."""

    def __init__(self, database: Database, limits: Limits, row: ConnectionRow, exchange: Exchange) -> None:
        self._database, self._limits, self._row, self._exchange = database, limits, row, exchange
        self._lock = Lock()
        self.found: Budget | None = None
        meters.watch(self)

    def gauges(self) -> list[meters.Reading]:
        """Return what is known here of credits and slots."""
        return [(meter, value, (self._row.connection,)) for meter, value in levels(self.found)] if self.found else []

    def find(self) -> Budget:
        """Return the budget, from the database if anybody has asked before.

        Raises:
            ZohoDatabaseError: the database does not answer.
            ZohoError: Zoho does not; whatever call it was for would have met the same.
        """
        with self._lock:
            if self.found is None:
                with self._database.connection() as db:
                    organisation = self._known(db)
                self.found = self._limits.budget(organisation or self._told())
            return self.found

    def _told(self) -> Organisation:
        with _one_asks, self._database.connection() as db, db.transaction():
            db.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_ASKING, self._row.connection))
            return self._known(db) or self._ask(db)

    def _known(self, db: Connection) -> Organisation | None:
        org_id = connections.organisation_of(db, self._row.connection)
        return rows.find(db, self._key(org_id)) if org_id else None

    def _ask(self, db: Connection) -> Organisation:
        try:
            told = _first(self._exchange.ask(Call("GET", "/crm/v8/org")).body)
        except NotAllowedError:  # the sign-in lacks the scope: the connection counts as an organisation of its own
            told = {}
        org_id = str(told.get("id") or f"connection {self._row.connection}")
        licence = told.get("license_details")
        licence = licence if isinstance(licence, dict) else {}
        users = licence.get("users_license_purchased")
        organisation = Organisation(
            self._key(org_id), str(licence.get("paid_type") or ""), users if isinstance(users, int) else 0
        )
        rows.keep(db, organisation)
        rows.give_back(db, organisation.key, -ONE.credits)  # this call has cost as well
        connections.belongs_to(db, self._row.connection, org_id, str(told.get("company_name") or ""))
        return organisation

    def _key(self, org_id: str) -> str:
        return f"{self._row.api_url} {org_id}"


def _first(body: Any) -> dict[str, Any]:
    found = body.get("org") if isinstance(body, dict) else None
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
