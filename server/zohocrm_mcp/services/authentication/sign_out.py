"""Signing out: the tokens are revoked at Zoho and nothing of them stays here."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import requests, rows
from zohocrm_mcp.connections.endpoint import open_client, revoke
from zohocrm_mcp.connections.keyring import load_keyring
from zohocrm_mcp.connections.listing import listed
from zohocrm_mcp.connections.refusals import TokenRefusedError
from zohocrm_mcp.connections.store import token_store
from zohocrm_mcp.db.pool import Connection, Database
from zohocrm_mcp.errors import ZohoAuthError, ZohoConfigError
from zohocrm_mcp.observe.audit import Event, record


@dataclass(frozen=True)
class SignedOut:
    """A connection that is gone. ``trouble`` says why Zoho may still honour its tokens; empty when it does not."""

    connection: str
    revoked: bool
    trouble: str


def sign_out(settings: Settings, database: Database, connection: str) -> SignedOut:
    """Revoke a sign-in at Zoho and delete it here, whether or not Zoho answers and the key is still there.

    Raises:
        ZohoAuthError: nobody is signed in under this name.
        ZohoDatabaseError: the store does not answer; nothing was revoked.
    """
    with token_store(database) as db:
        if not listed(db, connection):
            raise ZohoAuthError(
                f"Nobody is signed in under the connection {connection!r}.",
                hint="`zohocrm-mcp auth list` says who is.",
            )
        trouble = _revoked(settings, db, connection)
        rows.delete(db, connection)
        requests.delete(db, connection)
        outcome = "not_revoked" if trouble else "ok"
        record(db, Event(event="auth.signed_out", connection=connection, outcome=outcome, detail=trouble))
    return SignedOut(connection, not trouble, trouble)


def _revoked(settings: Settings, db: Connection, connection: str) -> str:
    """Revoke, and return what went wrong."""
    try:
        row = rows.find(db, load_keyring(settings), connection, lock=True)
        if row:
            with open_client(settings) as client:
                revoke(client, row.token_url, row.refresh_token)
    except ZohoConfigError as error:
        return error.message
    except TokenRefusedError as refused:
        return refused.refusal.error(connection).message
    return ""
