"""What all connections of a process share: one pool of the database, one worker, the budgets of the organisations."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zohocrm_mcp.config import Settings
    from zohocrm_mcp.db.pool import Database
    from zohocrm_mcp.jobs.notices import Notices
    from zohocrm_mcp.jobs.worker import QueueWorker
    from zohocrm_mcp.limits.registry import Limits


class Shared:
    """Made when first wanted, in whatever thread: the driver of the database is no part of the start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._database: Database | None = None
        self._limits: Limits | None = None
        self._worker: QueueWorker | None = None
        self._notices: Notices | None = None

    def database(self) -> Database:
        """Return the pool; nothing is connected to yet."""
        from zohocrm_mcp.connections.store import database_of

        with self._lock:
            self._database = self._database or database_of(self._settings)
            return self._database

    def limits(self) -> Limits:
        """Return the budgets, one an organisation."""
        from zohocrm_mcp.limits.registry import Limits

        with self._lock:
            self._limits = self._limits or Limits(self.database(), max_concurrency=self._settings.max_concurrency)
            return self._limits

    def worker(self) -> QueueWorker:
        """Return who does the queued jobs; it works while somebody attends to a connection."""
        from zohocrm_mcp.jobs.worker import QueueWorker

        with self._lock:
            self._worker = self._worker or QueueWorker(self.database())
            return self._worker

    def notices(self) -> Notices:
        """Return what tells which jobs have moved."""
        from zohocrm_mcp.jobs.notices import Notices

        with self._lock:
            self._notices = self._notices or Notices(self.database())
            return self._notices

    def close(self) -> None:
        """Give everything back; whoever asks again gets it anew."""
        with self._lock:
            limits, self._limits = self._limits, None
            database, self._database = self._database, None
            self._worker = self._notices = None
        if limits:
            limits.close()
        if database:
            database.close()
