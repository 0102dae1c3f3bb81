"""Sealing of secrets at rest: AES-256-GCM under a ring of keys, bound to the place where the value is stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zohocrm_mcp.config import Settings
from zohocrm_mcp.errors import ZohoConfigError

NONCE_BYTES = 12

Keys: TypeAlias = tuple[bytes, ...]


class KeyRing:
    """The first key seals, every key opens. ``place`` (associated data) says whose value it is.

    Args:
        keys: 32 bytes each, newest first.
        source: where they come from, for people.
        reread: gives the keys of the source as they are now, so that a rotation reaches a process that runs.
    """

    def __init__(self, keys: Keys, source: str, reread: Callable[[], Keys] | None = None) -> None:
        self.keys, self.source = keys, source
        self._reread = reread

    def __repr__(self) -> str:
        return f"KeyRing({len(self.keys)} keys from {self.source})"

    @property
    def newest(self) -> str:
        """Id of the key that seals."""
        return key_id(self.keys[0])

    @property
    def ids(self) -> list[str]:
        return [key_id(key) for key in self.keys]

    def seal(self, secret: str, place: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.keys[0]).encrypt(nonce, secret.encode(), place.encode())

    def open(self, sealed: bytes, place: str, under: str) -> str:
        """Return the secret that ``seal`` put in.

        Raises:
            ZohoConfigError: key ``under`` is not on the ring, or the value was not sealed for this place.
        """
        key = self.require(under)
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
        except InvalidTag:
            raise ZohoConfigError(
                "A stored token does not open: it was altered, or moved here from another row.",
                hint="Delete it with `zohocrm-mcp auth logout`, then sign in again with `zohocrm-mcp auth login`.",
                variable="ZOHO_MCP_ENCRYPTION_KEYS",
            ) from None

    def require(self, under: str) -> bytes:
        """Return the key of that id, looking at the source again before giving up.

        Raises:
            ZohoConfigError: it is not there.
        """
        found = self._find(under)
        if found is None and self._reread:
            self.keys = self._reread()
            found = self._find(under)
        if found is None:
            raise ZohoConfigError(
                f"The stored tokens are sealed under key {under}, which is not among the keys from {self.source}.",
                hint="Nothing was overwritten. Bring the key back (in ZOHO_MCP_ENCRYPTION_KEYS after the newest, or in "
                "the key file), or give the sign-in up with `zohocrm-mcp auth logout` and sign in again.",
                variable="ZOHO_MCP_ENCRYPTION_KEYS",
            )
        return found

    def _find(self, under: str) -> bytes | None:
        return next((key for key in self.keys if key_id(key) == under), None)


def key_id(key: bytes) -> str:
    """Return the public name of a key: the first 12 hex digits of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:12]


def load_keyring(settings: Settings) -> KeyRing:
    """Return the keys of the settings, else of the desktop's keyring, else of the key file, made when there is none.

    Raises:
        ZohoConfigError: a key is not base64 of 32 bytes, or the source cannot be used.
    """
    from zohocrm_mcp.connections.keysources import source_of

    source = source_of(settings)
    return KeyRing(source.read(), source.name, source.read)
