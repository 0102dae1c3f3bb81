"""What every session with PostgreSQL, embedded or not, has in common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from zohocrm_mcp.db.binaries import OLDEST
from zohocrm_mcp.errors import ZohoConfigError, ZohoDatabaseError

if TYPE_CHECKING:
    from psycopg import Connection

_DEFAULTS: dict[str, str | int] = {"connect_timeout": 10, "application_name": "zohocrm-mcp"}

_REMEDIES = (
    ("password authentication failed", "Correct the user and the password in DATABASE_URL."),
    ("no password supplied", "Put the user's password into DATABASE_URL or DATABASE_PASSWORD."),
    ("does not exist", "Create it on the server, or name another one in DATABASE_URL."),
    ("too many clients", "Raise max_connections of the server, or run fewer processes."),
    ("no pg_hba.conf entry", "Let this machine and user in by the server's pg_hba.conf, or correct DATABASE_URL."),
)


def with_defaults(conninfo: str, variable: str = "DATABASE_URL") -> str:
    """Return a connection string that gives up in time and has a name in ``pg_stat_activity``; its own words win.

    Raises:
        ZohoConfigError: libpq cannot read it.
    """
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:  # not even as a cause: it quotes the whole URL, with the password
        raise ZohoConfigError(
            f"{variable} is malformed.",
            hint="Write it as postgresql://user:password@host:5432/database, special characters percent-encoded.",
            variable=variable,
        ) from None
    return make_conninfo(conninfo, **{name: value for name, value in _DEFAULTS.items() if name not in given})


def prepare(connection: Connection[Any]) -> None:
    """Refuse a server that is too old, and let one that can notice when this process has been killed.

    Without the latter, what a killed process has locked stays locked until its statement has ended.

    Raises:
        ZohoDatabaseError: the server is older than PostgreSQL 14.
    """
    if connection.info.server_version < OLDEST * 10000:
        raise ZohoDatabaseError(
            f"The database server is PostgreSQL {connection.info.server_version // 10000}, which is too old.",
            hint=f"Use PostgreSQL {OLDEST} or newer.",
        )
    try:
        connection.execute("SET client_connection_check_interval = '1s'")
        connection.commit()
    except psycopg.errors.InvalidParameterValue:  # a server on Windows cannot
        connection.rollback()


def unreachable(error: psycopg.Error, variable: str = "DATABASE_URL") -> ZohoDatabaseError:
    """Return the error for a connection that could not be made: the server's own words, and a remedy."""
    said = re.sub(r"\s+Is the server running [^?]*\?", "", str(error).removeprefix("connection failed: "))
    words = " ".join(said.split()).rstrip(".")
    remedy = next((remedy for sign, remedy in _REMEDIES if sign in words), "")
    return ZohoDatabaseError(f"PostgreSQL cannot be used: {words}.", hint=remedy.replace("DATABASE_URL", variable))
