"""The table zoho_tokens: a connection as a row, its secrets sealed. SQL lives here and nowhere else in the room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from zohocrm_mcp.connections.endpoint import Grant
from zohocrm_mcp.connections.keyring import KeyRing

SECRETS = ("client_secret", "refresh_token", "access_token")


@dataclass(frozen=True)
class ConnectionRow:
    """One connection, opened. Secrets are plain here; ``repr`` never shows them."""

    connection: str
    region: str
    environment: str
    api_url: str
    token_url: str
    upload_url: str
    client_id: str
    client_secret: str
    refresh_token: str
    access_token: str | None = None
    scopes: str = ""
    generation: int = 0
    seconds_left: float | None = None
    failure: str | None = None
    failure_seconds: float | None = None
    org_id: str | None = None
    org_name: str | None = None
    user_email: str | None = None
    updated_at: datetime | None = None

    def __repr__(self) -> str:
        return f"ConnectionRow({self.connection!r}, {self.region}, {self.environment}, generation {self.generation})"

    def place(self, column: str) -> str:
        """Associated data of a sealed column: whose value it is."""
        return f"{self.environment}|{self.connection}|{self.client_id}|{column}"


_COLUMNS = """connection, region, environment, api_url, token_url, upload_url, client_id, client_secret, refresh_token,
    access_token, key_id, scopes, generation, failure, org_id, org_name, user_email, updated_at,
    extract(epoch FROM access_expires_at - clock_timestamp())::float8 AS seconds_left,
    extract(epoch FROM failure_until - clock_timestamp())::float8 AS failure_seconds"""


def find(db: Connection[Any], ring: KeyRing, connection: str, *, lock: bool = False) -> ConnectionRow | None:
    """Read a connection; ``lock`` holds the row until the transaction ends."""
    query = f"SELECT {_COLUMNS} FROM zoho_tokens WHERE connection = %s{' FOR UPDATE' if lock else ''}"  # noqa: S608 -- constants
    with db.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query, (connection,)).fetchone()
    return _opened(found, ring) if found else None


def names(db: Connection[Any]) -> list[str]:
    return [row[0] for row in db.execute("SELECT connection FROM zoho_tokens ORDER BY connection").fetchall()]


def alone(db: Connection[Any], connection: str) -> None:
    """Let nobody else write this connection until the transaction ends, even where there is no row to lock yet."""
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"zoho_tokens {connection}",))


def save(db: Connection[Any], ring: KeyRing, row: ConnectionRow) -> None:
    """Write a sign-in: replaces whatever the connection was, and forgets its failures."""
    db.execute(
        """INSERT INTO zoho_tokens AS t (connection, region, environment, api_url, token_url, upload_url, client_id,
               client_secret, refresh_token, access_token, key_id, scopes, access_expires_at,
               org_id, org_name, user_email)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
               clock_timestamp() + make_interval(secs => %s), %s, %s, %s)
           ON CONFLICT (connection) DO UPDATE SET region = excluded.region, environment = excluded.environment,
               api_url = excluded.api_url, token_url = excluded.token_url, upload_url = excluded.upload_url,
               client_id = excluded.client_id, client_secret = excluded.client_secret,
               refresh_token = excluded.refresh_token, access_token = excluded.access_token,
               key_id = excluded.key_id, scopes = excluded.scopes, access_expires_at = excluded.access_expires_at,
               org_id = excluded.org_id, org_name = excluded.org_name, user_email = excluded.user_email,
               generation = t.generation + 1, failure = NULL, failure_until = NULL, updated_at = now()""",
        (
            row.connection, row.region, row.environment, row.api_url, row.token_url, row.upload_url, row.client_id,
            *(_sealed(ring, row, column) for column in SECRETS),
            ring.newest, row.scopes, row.seconds_left, row.org_id, row.org_name, row.user_email,
        ),
    )  # fmt: skip


def refreshed(db: Connection[Any], ring: KeyRing, row: ConnectionRow, grant: Grant) -> ConnectionRow:
    """Record a new access token and return the row as it is now. All secrets move to the newest key."""
    new = replace(
        row,
        access_token=grant.access_token,
        seconds_left=grant.seconds,
        scopes=grant.scopes or row.scopes,
        generation=row.generation + 1,
        failure=None,
    )
    db.execute(
        """UPDATE zoho_tokens SET client_secret = %s, refresh_token = %s, access_token = %s, key_id = %s, scopes = %s,
               access_expires_at = clock_timestamp() + make_interval(secs => %s), generation = %s,
               failure = NULL, failure_until = NULL, updated_at = now() WHERE connection = %s""",
        (
            *(_sealed(ring, new, column) for column in SECRETS),
            *(ring.newest, new.scopes, new.seconds_left, new.generation, row.connection),
        ),
    )
    return new


def reseal(db: Connection[Any], ring: KeyRing, connection: str) -> bool:
    """Seal a connection's secrets under the newest key, holding its row; False when it is gone or was so already."""
    row = find(db, ring, connection, lock=True)
    if row is None or _key_of(db, connection) == ring.newest:
        return False
    db.execute(
        """UPDATE zoho_tokens SET client_secret = %s, refresh_token = %s, access_token = %s, key_id = %s
           WHERE connection = %s""",
        (*(_sealed(ring, row, column) for column in SECRETS), ring.newest, connection),
    )
    return True


def is_user(db: Connection[Any], connection: str, email: str) -> None:
    """Note whose sign-in it is."""
    db.execute("UPDATE zoho_tokens SET user_email = %s WHERE connection = %s", (email, connection))


def _key_of(db: Connection[Any], connection: str) -> str:
    found = db.execute("SELECT key_id FROM zoho_tokens WHERE connection = %s", (connection,)).fetchone()
    return str(found[0]) if found else ""


def failed(db: Connection[Any], connection: str, failure: str, seconds: float) -> None:
    """Share a failed refresh: everybody gets it for so many seconds instead of trying again."""
    db.execute(
        """UPDATE zoho_tokens SET failure = %s, failure_until = clock_timestamp() + make_interval(secs => %s),
               updated_at = now() WHERE connection = %s""",
        (failure, seconds, connection),
    )


def withdraw(db: Connection[Any], connection: str, generation: int) -> bool:
    """Mark an access token as bad, unless somebody has replaced it already (compare and set by generation)."""
    marked = db.execute(
        """UPDATE zoho_tokens SET access_expires_at = now()
           WHERE connection = %s AND generation = %s AND access_expires_at > now()""",
        (connection, generation),
    )
    return marked.rowcount == 1


def organisation_of(db: Connection[Any], connection: str) -> str | None:
    """Return the id of the connection's organisation, None when Zoho has not been asked since the sign-in."""
    found = db.execute("SELECT org_id FROM zoho_tokens WHERE connection = %s", (connection,)).fetchone()
    return found[0] if found else None


def belongs_to(db: Connection[Any], connection: str, org_id: str, org_name: str) -> None:
    db.execute(
        "UPDATE zoho_tokens SET org_id = %s, org_name = %s WHERE connection = %s", (org_id, org_name, connection)
    )


def delete(db: Connection[Any], connection: str) -> bool:
    return db.execute("DELETE FROM zoho_tokens WHERE connection = %s", (connection,)).rowcount == 1


def _sealed(ring: KeyRing, row: ConnectionRow, column: str) -> bytes | None:
    value = getattr(row, column)
    return None if value is None else ring.seal(value, row.place(column))


def _opened(found: dict[str, Any], ring: KeyRing) -> ConnectionRow:
    under = found.pop("key_id")
    sealed = {column: found.pop(column) for column in SECRETS}
    row = ConnectionRow(**found, client_secret="", refresh_token="")
    plain: dict[str, Any] = {
        column: None if value is None else ring.open(bytes(value), row.place(column), under)
        for column, value in sealed.items()
    }
    return replace(row, **plain)
