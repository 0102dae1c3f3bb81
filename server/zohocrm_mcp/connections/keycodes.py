"""Keys as text: base64 of 32 bytes each, newest first; and the lock under which they are written."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zohocrm_mcp.config import KEY_BYTES, key_of
from zohocrm_mcp.connections.keyring import Keys
from zohocrm_mcp.db.locks import FileLock
from zohocrm_mcp.db.waiting import until
from zohocrm_mcp.errors import ZohoConfigError

VARIABLE = "ZOHO_MCP_ENCRYPTION_KEYS"
LOCK_FILE = "encryption.lock"
LOCK_SECONDS = 10.0


def decoded(text: str, source: str) -> Keys:
    keys = tuple(_key(word, source) for word in text.split())
    if not keys:
        raise _no_key(source)
    return keys


def _key(word: str, source: str) -> bytes:
    key = key_of(word)
    if key is None:
        raise _no_key(source)
    return key


def _no_key(source: str) -> ZohoConfigError:
    return ZohoConfigError(
        f"{source} holds something that is no key: base64 of 32 bytes is expected.",
        hint="Make a key with `openssl rand -base64 32`.",
        variable=VARIABLE,
    )


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Keep other processes from writing keys meanwhile: a key that is overwritten is lost with all it has sealed."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(data_dir / LOCK_FILE)
    if not until(lock.try_acquire, LOCK_SECONDS):
        raise ZohoConfigError(
            f"Another process has been writing keys for {LOCK_SECONDS:.0f} seconds.",
            hint=f"End the process that holds {lock.path}, then try again.",
            variable="ZOHO_MCP_DATA_DIR",
        )
    try:
        yield
    finally:
        lock.release()
