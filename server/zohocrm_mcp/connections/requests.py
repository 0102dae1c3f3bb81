"""A sign-in that waits for its code between two commands: kept sealed in the table sign_in_requests."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from psycopg import Connection

from zohocrm_mcp.connections.authorisation import SignInRequest
from zohocrm_mcp.connections.keyring import KeyRing

LIFE_MINUTES = 30


def keep(db: Connection[Any], ring: KeyRing, connection: str, request: SignInRequest) -> None:
    """Remember the request of a connection; an earlier one is given up."""
    sealed = ring.seal(json.dumps(asdict(request)), _place(connection))
    db.execute(
        """INSERT INTO sign_in_requests (connection, request, key_id) VALUES (%s, %s, %s)
           ON CONFLICT (connection) DO UPDATE
           SET request = excluded.request, key_id = excluded.key_id, requested_at = now()""",
        (connection, sealed, ring.newest),
    )


def find(db: Connection[Any], ring: KeyRing, connection: str) -> SignInRequest | None:
    """Return the request that waits, unless it is too old."""
    found = db.execute(
        """SELECT request, key_id FROM sign_in_requests
           WHERE connection = %s AND requested_at > now() - make_interval(mins => %s)""",
        (connection, LIFE_MINUTES),
    ).fetchone()
    return SignInRequest(**json.loads(ring.open(bytes(found[0]), _place(connection), found[1]))) if found else None


def delete(db: Connection[Any], connection: str) -> None:
    db.execute("DELETE FROM sign_in_requests WHERE connection = %s", (connection,))


def _place(connection: str) -> str:
    return f"sign-in|{connection}"
