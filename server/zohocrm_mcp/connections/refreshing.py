"""The refresh itself: read the row, and if its token is spent, get another one while nobody else does."""

from __future__ import annotations

from typing import Any

import httpx2
import psycopg

from zohocrm_mcp.connections import rows
from zohocrm_mcp.connections.endpoint import Grant, refresh
from zohocrm_mcp.connections.keyring import KeyRing
from zohocrm_mcp.connections.names import login_command
from zohocrm_mcp.connections.refusals import (
    ELSEWHERE,
    OUTAGE,
    REFUSED_SECONDS,
    THROTTLED,
    Refusal,
    TokenRefusedError,
)
from zohocrm_mcp.connections.rows import ConnectionRow
from zohocrm_mcp.connections.store import token_store
from zohocrm_mcp.datacentres import data_centre_of_api
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import ZohoAuthError, ZohoError
from zohocrm_mcp.observe import meters
from zohocrm_mcp.observe.audit import Event, record
from zohocrm_mcp.observe.logging import get_logger
from zohocrm_mcp.observe.spans import request_span

_ENDPOINT = "/oauth/v2/token"
_OUTCOMES = ("ok", "refused", "throttled", "unavailable")

log = get_logger(__name__)


class Refresher:
    """Reads and renews the tokens of a database."""

    def __init__(self, database: Database, ring: KeyRing, client: httpx2.Client) -> None:
        self._database, self._ring, self._client = database, ring, client

    def renew(self, connection: str, held: int | None, *, least_seconds: float) -> ConnectionRow:
        """Return the row with a token that is newer than generation ``held`` and good for ``least_seconds``.

        Raises:
            ZohoError: see ``TokenKeeper.current``.
        """
        for possible in _OUTCOMES:
            meters.TOKEN_REFRESHES.add(0, connection, possible)
        with token_store(self._database) as db, meters.STORE_SECONDS.timed("read"):
            row = _signed_in(rows.find(db, self._ring, connection), connection)
        if _is_good(row, least_seconds) and (held is None or row.generation > held):
            return row
        outcome = self._refreshed(connection, row.generation, least_seconds)
        if isinstance(outcome, ConnectionRow):
            return outcome
        raise outcome

    def withdraw(self, connection: str, generation: int) -> None:
        """Mark a token as bad for everybody, unless somebody has replaced it already."""
        with token_store(self._database) as db, meters.STORE_SECONDS.timed("withdraw"):
            if rows.withdraw(db, connection, generation):
                record(db, Event(event="auth.withdrawn", connection=connection, detail="Zoho refused the access token"))
                log.info("token.withdrawn", connection=connection)

    def _refreshed(self, connection: str, seen: int, least_seconds: float) -> ConnectionRow | ZohoError:
        """Refresh under the row's lock. A failure is returned, not raised, so that the transaction keeps it."""
        with token_store(self._database) as db:
            with meters.STORE_SECONDS.timed("lock"):
                row = _signed_in(rows.find(db, self._ring, connection, lock=True), connection)
            if _is_good(row, least_seconds) and row.generation > seen:
                return row
            if row.failure and (row.failure_seconds or 0) > 0:
                return Refusal(row.failure, 0).error(connection, row.failure_seconds)
            try:
                return self._take(db, row, self._asked(row))
            except TokenRefusedError as refused:
                _share(db, connection, refused.refusal)
                return refused.refusal.error(connection)

    def _asked(self, row: ConnectionRow) -> Grant:
        with request_span("POST", _ENDPOINT), meters.TOKEN_SECONDS.timed():
            grant = refresh(self._client, row.token_url, row.client_id, row.client_secret, row.refresh_token)
        home, called = data_centre_of_api(grant.api_domain), data_centre_of_api(row.api_url)
        if home and called and home != called:
            raise TokenRefusedError(Refusal(f"{ELSEWHERE}{home.region}", REFUSED_SECONDS))
        return grant

    def _take(self, db: psycopg.Connection[Any], row: ConnectionRow, grant: Grant) -> ConnectionRow:
        record(db, Event(event="auth.refreshed", connection=row.connection))
        log.info("token.refreshed", connection=row.connection)
        meters.TOKEN_REFRESHES.add(1, row.connection, "ok")
        with meters.STORE_SECONDS.timed("write"):
            return rows.refreshed(db, self._ring, row, grant)


def _share(db: psycopg.Connection[Any], connection: str, refusal: Refusal) -> None:
    meters.TOKEN_REFRESHES.add(1, connection, _outcome(refusal.word))
    with meters.STORE_SECONDS.timed("write"):
        rows.failed(db, connection, refusal.word, refusal.seconds)
    log.warning("token.refused", connection=connection, reason=refusal.word)
    if not refusal.word.startswith(OUTAGE):
        record(db, Event(event="auth.refused", connection=connection, outcome=refusal.word))


def _outcome(word: str) -> str:
    if word == THROTTLED:
        return "throttled"
    return "unavailable" if word.startswith(OUTAGE) else "refused"


def _is_good(row: ConnectionRow, least_seconds: float) -> bool:
    return bool(row.access_token) and (row.seconds_left or 0.0) > least_seconds


def _signed_in(row: ConnectionRow | None, connection: str) -> ConnectionRow:
    if row is None:
        raise ZohoAuthError(
            f"Nobody is signed in under the connection {connection!r}.", hint=f"Run `{login_command(connection)}`."
        )
    return row
