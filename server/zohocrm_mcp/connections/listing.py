"""What may be shown of the stored connections: everything but the secrets, and without any key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row


@dataclass(frozen=True)
class Listed:
    """A stored connection. ``token_seconds`` is how long its access token is good for; ``trouble`` a shared failure."""

    connection: str
    region: str
    environment: str
    api_url: str
    client_id: str
    scopes: list[str]
    organisation: str | None
    organisation_id: str | None
    user: str | None
    token_seconds: int
    trouble: str | None
    key_id: str
    updated_at: datetime


def listed(db: Connection[Any], connection: str | None = None) -> list[Listed]:
    """Return all connections, or the one of that name."""
    with db.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(_LIST, {"connection": connection}).fetchall()


_LIST = """
    SELECT connection, region, environment, api_url, client_id,
        array_remove(string_to_array(scopes, ','), '') AS scopes,
        org_name AS organisation, org_id AS organisation_id, user_email AS "user",
        greatest(0, extract(epoch FROM coalesce(access_expires_at, now()) - now()))::int AS token_seconds,
        CASE WHEN failure_until > now() THEN failure END AS trouble, key_id, updated_at
    FROM zoho_tokens WHERE %(connection)s::text IS NULL OR connection = %(connection)s ORDER BY connection
"""
