"""Who is signed in where: sealed tokens in PostgreSQL, refreshed once for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zohocrm_mcp.config import Settings


def check_signed_in(settings: Settings, connection: str = "default") -> None:
    """Look whether the environment or the store holds a sign-in.

    Raises:
        ZohoConfigError: neither does, or they contradict each other.
        ZohoAuthError: nobody has signed in under a name of one's own.
        ZohoDatabaseError: the store does not answer.
    """
    from zohocrm_mcp.connections.keyring import load_keyring
    from zohocrm_mcp.connections.signin import take_in
    from zohocrm_mcp.connections.store import database_of
    from zohocrm_mcp.db import owner

    database = database_of(settings)
    try:
        owner.bring_up(settings, database)
        take_in(database, load_keyring(settings), settings, connection)
    finally:
        database.close()
