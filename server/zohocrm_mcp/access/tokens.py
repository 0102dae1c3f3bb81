"""The table http_tokens: bearer tokens of the HTTP transports. SQL about them lives here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from zohocrm_mcp.access.bearer import OF_SETTINGS, digest, new_token
from zohocrm_mcp.access.caller import Role
from zohocrm_mcp.connections.names import SPELLING, checked_name, is_name
from zohocrm_mcp.errors import ConflictError, InvalidInputError, NotFoundError
from zohocrm_mcp.observe.audit import Event, record
from zohocrm_mcp.observe.who import who

Db = Connection[Any]


@dataclass(frozen=True, kw_only=True)
class StoredToken:
    """All there is to know of a token but the token itself. ``state``: active, expired or revoked."""

    name: str
    connection: str
    role: Role
    state: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


_COLUMNS = """name, connection, role, created_at, created_by, expires_at, last_used_at, revoked_at,
    CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
         WHEN expires_at <= now() THEN 'expired' ELSE 'active' END AS state"""


def create(db: Db, name: str, connection: str, role: Role, good_for: timedelta | None) -> tuple[str, StoredToken]:
    """Make a token and return it, for the only time, with what is stored of it; ``good_for`` None: without end.

    Raises:
        InvalidInputError: a name that cannot be one.
        ConflictError: there is a token of that name that was not revoked.
    """
    token = new_token()
    try:
        with db.cursor(row_factory=class_row(StoredToken)) as cursor:
            made = cursor.execute(
                f"""INSERT INTO http_tokens (token_hash, name, connection, role, created_by, expires_at)
                    VALUES (%s, %s, %s, %s, %s, now() + %s) RETURNING {_COLUMNS}""",  # noqa: S608 -- constants
                (digest(token), _checked(name), checked_name(connection), role, who(), good_for),
            ).fetchone()
    except UniqueViolation:
        raise ConflictError(
            f"There is a token {name!r} already.",
            hint=f"Take another name, or revoke it first with `zohocrm-mcp token revoke {name}`.",
        ) from None
    assert made
    record(db, Event(event="http_token.created", connection=connection, detail=f"{name}, role {role}"))
    return token, made


def _checked(name: str) -> str:
    if not is_name(name) or name.startswith(OF_SETTINGS):
        taken = f"{OF_SETTINGS}… are the tokens of ZOHO_MCP_HTTP_TOKENS."
        raise InvalidInputError(f"{name!r} cannot be the name of a token.", hint=f"{SPELLING} {taken}")
    return name


def revoke(db: Db, name: str) -> StoredToken:
    """Take a token back.

    Raises:
        NotFoundError: there is none of that name, or it was revoked before.
    """
    with db.cursor(row_factory=class_row(StoredToken)) as cursor:
        gone = cursor.execute(
            f"UPDATE http_tokens SET revoked_at = now() WHERE name = %s AND revoked_at IS NULL RETURNING {_COLUMNS}",  # noqa: S608 -- constants
            (name,),
        ).fetchone()
    if gone is None:
        raise NotFoundError(f"There is no token {name!r} to revoke.", hint="`zohocrm-mcp token list` shows all.")
    record(db, Event(event="http_token.revoked", connection=gone.connection, detail=name))
    return gone


def listed(db: Db) -> list[StoredToken]:
    """Return all tokens, revoked ones included, the newest of a name first."""
    with db.cursor(row_factory=class_row(StoredToken)) as cursor:
        return cursor.execute(f"SELECT {_COLUMNS} FROM http_tokens ORDER BY name, created_at DESC").fetchall()  # noqa: S608 -- constants


def find(db: Db, token_hash: bytes) -> StoredToken | None:
    """Return what a token stands for, and note about once a minute that it is used."""
    with db.cursor(row_factory=class_row(StoredToken)) as cursor:
        found = cursor.execute(
            f"SELECT {_COLUMNS} FROM http_tokens WHERE token_hash = %s",  # noqa: S608 -- constants
            (token_hash,),
        ).fetchone()
    if found and found.state == "active":
        db.execute(
            """UPDATE http_tokens SET last_used_at = now()
               WHERE token_hash = %s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')""",
            (token_hash,),
        )
    return found


def is_any(db: Db) -> bool:
    """Whether there is a token that was not revoked; without the table there is none."""
    if db.execute("SELECT to_regclass('http_tokens')").fetchone() == (None,):
        return False
    return db.execute("SELECT FROM http_tokens WHERE revoked_at IS NULL LIMIT 1").rowcount > 0
