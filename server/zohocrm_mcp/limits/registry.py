"""The budgets of a process, one an organisation."""

from __future__ import annotations

import threading

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.limits import throttle
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.limits.editions import Organisation
from zohocrm_mcp.limits.switchboard import Switchboard
from zohocrm_mcp.limits.throttle import Pace


class Limits:
    """One a process and database.

    Args:
        database: what the processes share.
        max_concurrency: calls at once of an organisation; None: what its edition allows.
        pace: how a 429 is answered.
    """

    def __init__(self, database: Database, *, max_concurrency: int | None = None, pace: Pace | None = None) -> None:
        self._switchboard = Switchboard(database)
        self._most, self._pace = max_concurrency, pace or throttle.USUAL
        self._budgets: dict[str, Budget] = {}
        self._lock = threading.Lock()

    def budget(self, organisation: Organisation) -> Budget:
        """Return the budget of an organisation, the same for all connections to it."""
        with self._lock:
            budget = self._budgets.get(organisation.key)
            if budget is None:
                limit = self._most or organisation.concurrency
                budget = Budget(organisation, limit, self._switchboard.wake, pace=self._pace)
                self._budgets[organisation.key] = budget
                self._switchboard.add(budget)
            return budget

    def close(self) -> None:
        self._switchboard.close()
