"""Where PostgreSQL is: the settings, checked, as a source of connection strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from zohocrm_mcp.db.embedded import DATABASE, IDLE_SECONDS, ensure
from zohocrm_mcp.errors import ZohoConfigError

if TYPE_CHECKING:
    from pathlib import Path

ConnectionSource: TypeAlias = Callable[[], str]
"""Gives the URL to connect to. Asked before each new connection: the embedded server may have to be started again."""

_SCHEMES = ("postgresql", "postgres")


def conninfo_from(
    url: str | None,
    *,
    host: str | None = None,
    port: int = 5432,
    name: str = DATABASE,
    user: str | None = None,
    password: str | None = None,
    data_dir: Path,
    idle_seconds: float = IDLE_SECONDS,
    ephemeral: bool = False,
) -> ConnectionSource:
    """Return the source for ``DATABASE_URL``, else for the ``DATABASE_*`` parts, else for the embedded server.

    Nothing is connected to or started yet; empty texts count as not set. A host, a user or a password alone is enough
    to mean a server of one's own, on ``localhost`` when no host is named.

    Args:
        url: a ``postgresql://`` or ``postgres://`` URL.
        host: a name, an address, or the folder of a socket.
        port: 1 to 65535.
        name: of the database.
        user: libpq's default when it is missing.
        password: never shown.
        data_dir: of the embedded server.
        idle_seconds: see `zohocrm_mcp.db.embedded.ensure`.
        ephemeral: see there.

    Raises:
        ZohoConfigError: the URL is malformed or not one of PostgreSQL.
    """
    if url:
        checked = _checked(url.strip())
        return lambda: checked
    if host or user or password:
        joined = _joined(host or "localhost", port, name, user or "", password or "")
        return lambda: joined
    return lambda: ensure(data_dir, name, idle_seconds=idle_seconds, ephemeral=ephemeral)


def _checked(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SCHEMES:
        found = f"its scheme is {scheme}://" if separator else "it has no scheme"
        raise _refused(f"DATABASE_URL must be the URL of a PostgreSQL database, but {found}.")
    if not rest.strip("/"):
        raise _refused("DATABASE_URL names neither a host nor a database.")
    return url


def _refused(message: str) -> ZohoConfigError:
    return ZohoConfigError(
        message,
        hint="Write DATABASE_URL as postgresql://user:password@host:5432/database, or leave it out.",
        variable="DATABASE_URL",
    )


def _joined(host: str, port: int, name: str, user: str, password: str) -> str:
    """Join the parts; anything may stand in any of them, a socket's folder as host too."""
    secret = f":{quote(password, safe='')}" if password else ""
    login = f"{quote(user, safe='')}{secret}@" if user or password else ""
    address = f"[{host}]" if ":" in host else quote(host, safe="")
    return f"postgresql://{login}{address}:{port}/{quote(name, safe='')}"
