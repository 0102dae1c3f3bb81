"""Settings about what is kept: the database, the data directory, the keys of what is encrypted in them."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


def default_data_dir() -> Path:
    """Return the user's data directory; as root a system directory that the database's user can reach."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/zohocrm-mcp")
    from platformdirs import user_data_path

    return user_data_path("zohocrm-mcp", appauthor=False)


def _has_usable_port(url: str) -> bool:
    """Whether the port of a URL is one or is missing; libpq takes several hosts too, and says itself what is wrong."""
    parts = urlsplit(url)
    try:
        return "," in parts.netloc or parts.port != 0
    except ValueError:
        return False


KEY_BYTES = 32


def key_of(word: str) -> bytes | None:
    """Return the encryption key that a word is the base64 of, or None when it is none of 32 bytes."""
    try:
        key = base64.b64decode(word, validate=True)
    except binascii.Error:
        return None
    return key if len(key) == KEY_BYTES else None


class StoreSettings(BaseSettings):
    """Where things are kept, and under which keys."""

    database_url: SecretStr = Field(
        SecretStr(""),
        alias="DATABASE_URL",
        description="PostgreSQL 14 or newer. With neither this nor `DATABASE_HOST`: the embedded PostgreSQL.",
    )
    database_host: str = Field("", alias="DATABASE_HOST", description="Host, where there is no `DATABASE_URL`.")
    database_port: int = Field(5432, ge=1, le=65535, alias="DATABASE_PORT", description="Port.")
    database_name: str = Field("zohocrm", alias="DATABASE_NAME", description="Database.")
    database_user: str = Field("", alias="DATABASE_USER", description="User.")
    database_password: SecretStr = Field(SecretStr(""), alias="DATABASE_PASSWORD", description="Password.")

    migrate_url: SecretStr = Field(
        SecretStr(""),
        alias="ZOHO_MCP_MIGRATE_URL",
        description="PostgreSQL as the owner of the tables, for migrations only; `DATABASE_URL` may then own nothing.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        alias="ZOHO_MCP_DATA_DIR",
        description="Where the embedded PostgreSQL and the key file live.",
    )
    encryption_keys: SecretStr = Field(
        SecretStr(""),
        alias="ZOHO_MCP_ENCRYPTION_KEYS",
        description="Base64 keys of 32 bytes, comma-separated, newest first. Not set: a file in the data directory.",
    )

    @field_validator("database_url", "migrate_url")
    @classmethod
    def _postgres_only(cls, value: SecretStr) -> SecretStr:
        scheme = urlsplit(value.get_secret_value()).scheme
        if value.get_secret_value() and scheme not in {"postgresql", "postgres"}:
            raise ValueError(f"its scheme is {scheme + '://' if scheme else 'missing'}; use postgresql://")
        if not _has_usable_port(value.get_secret_value()):
            raise ValueError("its port is no number from 1 to 65535")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr) -> SecretStr:
        for word in value.get_secret_value().split(","):
            if word.strip() and key_of(word.strip()) is None:
                raise ValueError("each key must be base64 of 32 bytes; `openssl rand -base64 32` makes one")
        return value

    @property
    def embedded(self) -> bool:
        """Whether the embedded PostgreSQL is used: a host, a user or a password means a server of one's own."""
        secrets = self.database_url.get_secret_value() or self.database_password.get_secret_value()
        return not (secrets or self.database_host or self.database_user)
