"""The one connection over which a process shares its budgets with others, and the thread that listens to it.

Advisory locks belong to a session, so this connection is outside the pool and stays open; a pooler in front of
PostgreSQL must not be in transaction mode. While the database is away every budget goes on with what it has.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import structlog

from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.db.session import prepare
from zohocrm_mcp.errors import ZohoError
from zohocrm_mcp.limits import locks, rows
from zohocrm_mcp.limits.budget import Budget
from zohocrm_mcp.limits.turn import heard, join, next_turn, turn

AGAIN_SECONDS = 0.5
_CLOSE_SECONDS = 5.0
_CLOSING_TICK = 0.05
Db = psycopg.Connection[Any]
log = structlog.get_logger(__name__)


class Switchboard:
    """Starts with the first budget, ends with ``close``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._budgets: dict[int, Budget] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = self._woken = False
        self._close_by = 0.0
        self._out, self._in = socket.socketpair()

    def add(self, budget: Budget) -> None:
        with self._lock:
            self._budgets[locks.class_of(budget.organisation.key)] = budget
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="limits", daemon=True)
                self._thread.start()
        self.wake()

    def wake(self) -> None:
        """Let the thread take a turn now; from any thread, as often as one likes."""
        if not self._woken:
            self._woken = True
            with contextlib.suppress(OSError):  # closed meanwhile
                self._out.send(b"!")

    def close(self) -> None:
        """Give everything back and end the thread, as soon as no call is under way."""
        self._close_by = time.monotonic() + _CLOSE_SECONDS
        self._closing = True
        self._woken = False
        self.wake()
        if self._thread:
            self._thread.join(2 * _CLOSE_SECONDS)
        self._out.close()
        self._in.close()

    def _run(self) -> None:
        while not self._closing:
            try:
                with self._connected() as db:
                    self._serve(db)
            except (psycopg.Error, ZohoError, OSError) as error:
                self._lost(error)
            except Exception as error:
                log.exception("limits.crashed")
                self._lost(error)
            if not self._closing:
                self._wait(AGAIN_SECONDS)
                self._pump()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Db]:
        with psycopg.connect(self._database.conninfo(), autocommit=True) as db:
            prepare(db)
            db.execute(f"LISTEN {locks.CHANNEL}")
            yield db

    def _serve(self, db: Db) -> None:
        joined: set[int] = set()
        while not self._is_done():
            with self._lock:
                budgets = dict(self._budgets)
            for new in budgets.keys() - joined:
                join(db, budgets[new])
                joined.add(new)
            for budget in budgets.values():
                turn(db, budget)
            if not self._heard(db, budgets):
                due = [seconds for budget in budgets.values() if (seconds := next_turn(budget)) is not None]
                self._wait(_CLOSING_TICK if self._closing else min(due, default=None), db.fileno())
        for budget in self._budgets.values():
            rows.give_back(db, budget.organisation.key, budget.purse.left)

    def _is_done(self) -> bool:
        """Whether to end. What is under way keeps its place until it has ended, or for as long as may be waited."""
        if not self._closing:
            return False
        with self._lock:
            return not any(budget.places.busy for budget in self._budgets.values()) or time.monotonic() > self._close_by

    @staticmethod
    def _heard(db: Db, budgets: dict[int, Budget]) -> bool:
        """Act on what the others have told; False: nothing has come since the last statement."""
        notes = list(db.notifies(timeout=0))
        for note in notes:
            number, word, *facts = note.payload.split()
            told = budgets.get(int(number))
            if told and note.pid != db.info.backend_pid:
                heard(db, told, word, [int(fact) for fact in facts])
        return bool(notes)

    def _wait(self, seconds: float | None, *others: int) -> None:
        with selectors.DefaultSelector() as waiting:  # select() itself takes no descriptor beyond 1023
            for one in (self._in.fileno(), *others):
                waiting.register(one, selectors.EVENT_READ)
            ready = {key.fd for key, _ in waiting.select(seconds)}
        if self._in.fileno() in ready:
            self._in.recv(64)
        self._woken = False  # after the byte is read: whoever wakes before this line is served by the next turn

    def _lost(self, error: Exception) -> None:
        """Go on with what is held: no budget grows while nobody can tell what the others do."""
        with self._lock:
            budgets = list(self._budgets.values())
        for budget in budgets:
            with budget.lock:
                if not budget.away:
                    log.warning("limits.database_away", reason=" ".join(str(error).split()))
                    for kind in budget.kinds if budget.joined else []:
                        kind.lose()
                    budget.purse.help_itself()
                budget.away = "The database does not answer, and what this process had been granted was in use"

    def _pump(self) -> None:
        with self._lock:
            budgets = list(self._budgets.values())
        for budget in budgets:
            with budget.lock:
                budget.pump()
