"""Changing keys while everything runs: each stored connection is sealed anew, under its row's lock."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections import rows
from zohocrm_mcp.connections.keyring import KeyRing, load_keyring
from zohocrm_mcp.connections.keysources import source_of
from zohocrm_mcp.connections.store import token_store
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.observe.audit import Event, record


@dataclass(frozen=True)
class Rotated:
    """What was done: ``resealed`` connections are under key ``newest`` now; ``spare`` keys seal nothing any more."""

    source: str
    newest: str
    resealed: list[str]
    unchanged: list[str]
    spare: list[str]


def rotate(settings: Settings, database: Database, *, new: bool = False) -> Rotated:
    """Seal every stored connection under the newest key, which is made first when ``new``.

    Raises:
        ZohoConfigError: a connection is sealed under a key that is not here (those before it are done and stay so),
            or the source takes no new key.
        ZohoDatabaseError: the store does not answer.
    """
    source = source_of(settings)
    if new:
        source.add()
    ring = load_keyring(settings)
    with token_store(database) as db:
        names = rows.names(db)
    resealed = [name for name in names if _reseal(ring, database, name)]
    unchanged = [name for name in names if name not in resealed]
    return Rotated(source.name, ring.newest, resealed, unchanged, ring.ids[1:])


def _reseal(ring: KeyRing, database: Database, connection: str) -> bool:
    with token_store(database) as db:
        done = rows.reseal(db, ring, connection)
        if done:
            record(db, Event(event="auth.rotated", connection=connection, detail=f"sealed under key {ring.newest}"))
    return done
